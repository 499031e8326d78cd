// The systemd unit that keeps the promise of restart policies after a boot: its text. It starts what is promised and ends; the
// containers live in cgroups of their own, so nothing of them belongs to the unit. systemd.unit(5), systemd.service(5),
// systemd.syntax(7).
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
 * @param root The store whose containers it starts; absolute.
 * Throws `usage` for a path that no unit can hold.
 */
export function bootUnitText(program: string, root: string): string {
  // As Docker's own unit: what a container binds to may be an address of a network that comes up late.
  return `${signature}
[Unit]
Description=Start the containers that tsdocker promised to start
Wants=network-online.target
After=local-fs.target network-online.target nss-lookup.target firewalld.service
RequiresMountsFor=${quote(program)} ${quote(root)}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${quote(program)} --root ${quote(root).replaceAll('$', '$$$$')} system start

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
