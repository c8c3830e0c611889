/** Whose key the page uses, and the way out. */
import type { Me } from './access-api.ts';
import { Popover } from '../shell/popover.tsx';
import { UserIcon } from '../shell/icons.tsx';

type AccountMenuProps = { readonly me: Me; readonly onLeave: () => void };

export function AccountMenu({ me: { name, role, plan, lane }, onLeave }: AccountMenuProps) {
  return (
    <Popover className="icon-button" label="Your key" button={<><UserIcon /><span className="visually-hidden">Here as {name}</span></>}>
      <p><strong>{name}</strong></p>
      <ul className="status-components">
        <li><span>Role</span><span>{role}</span></li>
        <li><span>Plan</span><span>{plan ?? 'none'}</span></li>
        <li><span>Lane</span><span>{lane}</span></li>
      </ul>
      <p><button type="button" className="button" onClick={onLeave}>Forget the key</button></p>
    </Popover>
  );
}
