/** The page's few drawings. They are decoration: the control that holds one has its own name. */
import type { ReactNode } from 'react';

function Icon({ children, filled = false }: { readonly children: ReactNode; readonly filled?: boolean }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false" fill={filled ? 'currentColor' : 'none'} stroke={filled ? 'none' : 'currentColor'} strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round">
      {children}
    </svg>
  );
}

export const PlayIcon = () => <Icon filled><path d="M6.5 3.9v12.2c0 .7.8 1.1 1.4.7l9-6.1c.5-.3.5-1.1 0-1.4l-9-6.1c-.6-.4-1.4 0-1.4.7Z" /></Icon>;
export const PauseIcon = () => <Icon filled><path d="M5.5 4h3a.5.5 0 0 1 .5.5v11a.5.5 0 0 1-.5.5h-3a.5.5 0 0 1-.5-.5v-11a.5.5 0 0 1 .5-.5Zm6 0h3a.5.5 0 0 1 .5.5v11a.5.5 0 0 1-.5.5h-3a.5.5 0 0 1-.5-.5v-11a.5.5 0 0 1 .5-.5Z" /></Icon>;
export const StopIcon = () => <Icon filled><rect x="5" y="5" width="10" height="10" rx="1.2" /></Icon>;
export const DownloadIcon = () => <Icon><path d="M10 3.5v9M6.2 9l3.8 3.8L13.8 9M4 16.5h12" /></Icon>;
export const CopyIcon = () => <Icon><rect x="7" y="7" width="9.5" height="9.5" rx="1.8" /><path d="M4.8 13H4.5A1.5 1.5 0 0 1 3 11.500V4.500A1.5 1.5 0 0 1 4.5 3h7A1.5 1.5 0 0 1 13 4.500v.3" /></Icon>;
export const CheckIcon = () => <Icon><path d="m4 10.5 4 4 8-9" /></Icon>;
export const SearchIcon = () => <Icon><circle cx="8.8" cy="8.8" r="5" /><path d="m12.6 12.6 4 4" /></Icon>;
export const SunIcon = () => <Icon><circle cx="10" cy="10" r="3.3" /><path d="M10 2.500v1.800M10 15.700v1.800M2.5 10h1.800M15.7 10h1.800M4.7 4.7 6 6M14 14l1.3 1.300M15.3 4.7 14 6M6 14l-1.3 1.3" /></Icon>;
export const MoonIcon = () => <Icon><path d="M16.3 11.900A6.8 6.8 0 1 1 8.1 3.700a5.4 5.4 0 0 0 8.2 8.200Z" /></Icon>;
export const ChevronIcon = () => <Icon><path d="m5.5 8 4.5 4.500L14.5 8" /></Icon>;
export const ListenIcon = () => <Icon><path d="M3.5 8v4M7 5.500v9M10.5 7.500v5M14 4v12M17 8.500v3" /></Icon>;

export const KeyIcon = () => <Icon><circle cx="6.5" cy="13.5" r="3.5" /><path d="m9 11 7.5-7.5M13 7l2.500 2.500M15.500 4.500l1.500 1.500" /></Icon>;
export const UserIcon = () => <Icon><circle cx="10" cy="7" r="3.3" /><path d="M3.8 16.800a6.300 6.300 0 0 1 12.400 0" /></Icon>;

/** Two choirs that answer each other. */
export function Wordmark() {
  return (
    <svg className="wordmark-glyph" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" strokeWidth="2.8" strokeLinecap="round">
        <path d="M6 12.500v7M11 8v16" />
        <path className="wordmark-answer" d="M21 10.500v11M26 14v4" />
      </g>
    </svg>
  );
}
