// The systemd unit that keeps the promise of restart policies after a boot, and ends containers in good order before the machine
// goes down: its text. No process stays: the containers live in cgroups of their own, so nothing of them belongs to the unit.
// systemd.unit(5), systemd.service(5), systemd.syntax(7).
import { TsdockerError } from '../error.ts';

/** The unit's name, and so its file's. */
export const bootUnitName = 'tsdocker.service';

/** How we know our own unit again: the first line of the text. */
const signature = '# Written by: tsdocker system install';

/** Whether the text of a unit file is ours to replace and remove. */
export const isBootUnit = (text: string): boolean => text.startsWith(`${signature}\n`);

/**
 * The text of the unit.
 * @param program Absolute path of the launcher that the unit calls.
 * @param root The store whose containers it starts and ends; absolute.
 * Throws `usage` for a path that no unit can hold.
 */
export function bootUnitText(program: string, root: string): string {
  const command = `${quote(program)} --root ${quote(root).replaceAll('$', '$$$$')} system`;
  // After the network, as Docker's own unit: what a container binds to may be an address that comes late. A container that
  // cannot be started is no failure of the unit's: a failed unit would not end the others in good order.
  return `${signature}
[Unit]
Description=Containers of tsdocker that are to run after a boot
Wants=network-online.target
After=local-fs.target network-online.target nss-lookup.target firewalld.service
RequiresMountsFor=${quote(program)} ${quote(root)}

[Service]
Type=oneshot
RemainAfterExit=yes
SuccessExitStatus=1
ExecStart=${command} start
ExecStop=${command} stop

[Install]
WantedBy=multi-user.target
`;
}

/** One word of a unit file, whatever the path holds: quotes, backslashes and specifiers mean themselves. */
function quote(path: string): string {
  if (/\p{Cc}/u.test(path)) {
    throw new TsdockerError('usage', `systemd takes no path with a control character: ${JSON.stringify(path)}`);
  }
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return /^[\w/.:%@+,=-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
