// --device: which device node of the host a container gets, where, and for what.
import type { DeviceOption } from '../../spec/run-options.ts';
import { refuseValue } from './refuse.ts';

/** Of r, w and m, each at most once. */
const isAccess = (text: string | undefined): text is string =>
  text !== undefined && /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;

/** `PATH[:TARGET[:ACCESS]]`, or `PATH:ACCESS`. */
export function parseDevice(value: string): DeviceOption {
  const [path = '', second, third, ...more] = value.split(':');
  if (more.length > 0) refuseValue('device', value, 'has too many parts', 'write it as /dev/fuse:/dev/fuse:rwm');
  if (third !== undefined && !isAccess(third))
    refuseValue('device', value, `has the access ${JSON.stringify(third)}`, 'it is made of r, w and m');
  const onlyAccess = third === undefined && isAccess(second);
  const target = second === undefined || onlyAccess ? path : second;
  if (!path.startsWith('/') || !target.startsWith('/')) refuseValue('device', value, 'is not an absolute path');
  return { path, target, access: onlyAccess ? second : (third ?? 'rwm') };
}
