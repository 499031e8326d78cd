// The devices of a container that asks for none: the nodes in its /dev (config-linux.md, "Default Devices") and the rules
// of its cgroup. The rules are those that Docker and runc come to together.
import type { Device, DeviceRule } from './types.ts';

const memory = 1; // major numbers: Documentation/admin-guide/devices.txt
const terminals = 5;
const firstPseudoTerminals = 136;
const misc = 10;

const node = (path: string, major: number, minor: number): Device => ({
  type: 'c',
  path,
  major,
  minor,
  fileMode: 0o666,
  uid: 0,
  gid: 0,
});

/** Nodes to make. /dev/console is bound to the container's terminal, /dev/ptmx is a link into its own devpts. */
export const defaultDevices: readonly Device[] = [
  node('/dev/null', memory, 3),
  node('/dev/zero', memory, 5),
  node('/dev/full', memory, 7),
  node('/dev/random', memory, 8),
  node('/dev/urandom', memory, 9),
  node('/dev/tty', terminals, 0),
];

const allow = (major: number, minor?: number): DeviceRule => ({
  allow: true,
  type: 'c',
  major,
  ...(minor === undefined ? {} : { minor }),
  access: 'rwm',
});

/** In order; the last rule that fits decides. */
export const defaultDeviceRules: readonly DeviceRule[] = [
  { allow: false, access: 'rwm' },
  // Making a node gives no access: opening it is asked about again. Package managers make nodes.
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...defaultDevices.map(({ major = 0, minor }) => allow(major, minor)),
  allow(terminals, 1), // console
  allow(terminals, 2), // ptmx
  allow(firstPseudoTerminals),
  allow(misc, 200), // net/tun, which also wants CAP_NET_ADMIN; runc 1.2 took it away and had to give it back
];

/** What --privileged gets. */
export const allDeviceRules: readonly DeviceRule[] = [{ allow: true, access: 'rwm' }];

/** The rule for a device that --device gives, with `access` of r, w and m. */
export function deviceRule({ type, major, minor }: Device, access: string): DeviceRule {
  return {
    allow: true,
    type: type === 'b' ? 'b' : 'c',
    ...(major === undefined ? {} : { major }),
    ...(minor === undefined ? {} : { minor }),
    access,
  };
}
