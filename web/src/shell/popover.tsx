/** A button of the header that opens a small panel; Escape and a click beside it close it. */
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

type PopoverProps = {
  readonly className: string;
  /** Names the panel. */
  readonly label: string;
  readonly button: ReactNode;
  readonly tone?: string;
  readonly children: ReactNode;
};

export function Popover({ className, label, button, tone, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const panelId = useId();
  const container = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    const closed = new AbortController();
    document.addEventListener('pointerdown', (event) => {
      if (event.target instanceof Node && !container.current?.contains(event.target)) setOpen(false);
    }, { signal: closed.signal });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') setOpen(false);
    }, { signal: closed.signal });
    return () => closed.abort();
  }, [open]);

  return (
    <div className="status" ref={container}>
      <button type="button" className={className} data-tone={tone} aria-expanded={open} aria-controls={panelId} onClick={() => setOpen(!open)}>{button}</button>
      <section id={panelId} className="status-panel" hidden={!open} aria-label={label}>{children}</section>
    </div>
  );
}
