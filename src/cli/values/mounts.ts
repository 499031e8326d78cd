// -v, --mount, --tmpfs and --device: what of the host a container sees, and where.
import { homedir } from 'node:os';
import { normalize, resolve } from 'node:path';
import type { BindMount, DeviceOption, TmpfsMount } from '../../spec/run-options.ts';
import { parseBytes } from './numbers.ts';
import { refuseValue } from './refuse.ts';

type Propagation = NonNullable<BindMount['propagation']>;
const propagations = new Set<string>(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);
const isPropagation = (text: string): text is Propagation => propagations.has(text);

/** A place in the container: absolute, and not the root itself. */
function target(flag: string, value: string, path: string): string {
  if (!path.startsWith('/'))
    refuseValue(flag, value, `names ${JSON.stringify(path)} in the container, which is not an absolute path`);
  const clean = normalize(path).replace(/(.)\/$/, '$1');
  if (clean === '/') refuseValue(flag, value, 'would cover the container’s whole root');
  return clean;
}

/** A place on the host: absolute, or from here where it begins with `./` or `../`. */
function source(path: string, cwd: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(cwd, path);
}

/** `SOURCE:TARGET[:OPTIONS]`, or a TARGET alone, which keeps storage of the container's own. */
export function parseVolume(value: string, cwd: string): BindMount | { readonly volume: string } {
  const [first = '', second, options = '', ...more] = value.split(':');
  if (more.length > 0)
    refuseValue('volume', value, 'has too many parts', 'write it as /on/the/host:/in/the/container:ro');
  if (second === undefined) return { volume: target('volume', value, first) };
  if (!/^[./~]/.test(first)) {
    refuseValue(
      'volume',
      value,
      `names the volume ${JSON.stringify(first)}`,
      'volumes with names come later; a path on the host begins with / or ./',
    );
  }
  let readOnly = false;
  let propagation: Propagation | undefined;
  for (const option of options.split(',').filter((each) => each !== '')) {
    if (option === 'ro' || option === 'rw') readOnly = option === 'ro';
    else if (isPropagation(option)) propagation = option;
    // SELinux labels and Docker Desktop's hints of consistency: nothing to do here.
    else if (!['z', 'Z', 'cached', 'delegated', 'consistent', 'nocopy'].includes(option)) {
      refuseValue(
        'volume',
        value,
        `has the unknown option ${JSON.stringify(option)}`,
        'ro, rw, and rprivate to rshared are known',
      );
    }
  }
  return {
    type: 'bind',
    source: source(first, cwd),
    target: target('volume', value, second),
    readOnly,
    recursive: true,
    mustExist: false,
    ...(propagation === undefined ? {} : { propagation }),
  };
}

/** `type=bind,source=…,target=…,readonly` or `type=tmpfs,target=…,tmpfs-size=…`. */
export function parseMount(value: string, cwd: string): BindMount | TmpfsMount {
  const fields = new Map<string, string>();
  for (const field of value.split(',')) {
    const equals = field.indexOf('=');
    fields.set(
      (equals < 0 ? field : field.slice(0, equals)).toLowerCase(),
      equals < 0 ? 'true' : field.slice(equals + 1),
    );
  }
  const take = (...names: readonly string[]): string | undefined => {
    const name = names.find((each) => fields.has(each));
    const found = name === undefined ? undefined : fields.get(name);
    if (name !== undefined) fields.delete(name);
    return found;
  };
  const type = take('type') ?? 'volume';
  const place = take('target', 'destination', 'dst');
  if (place === undefined) refuseValue('mount', value, 'has no target');
  const at = target('mount', value, place);
  const readOnly = ['true', '1'].includes(take('readonly', 'ro') ?? 'false');
  let mount: BindMount | TmpfsMount;
  if (type === 'bind') {
    const from = take('source', 'src');
    if (from === undefined) refuseValue('mount', value, 'has no source');
    const propagation = take('bind-propagation');
    if (propagation !== undefined && !isPropagation(propagation))
      refuseValue('mount', value, `has the unknown propagation ${propagation}`);
    const recursive = take('bind-recursive') !== 'disabled' && take('bind-nonrecursive') !== 'true';
    mount = {
      type,
      source: source(from, cwd),
      target: at,
      readOnly,
      recursive,
      mustExist: true,
      ...(propagation === undefined ? {} : { propagation }),
    };
  } else if (type === 'tmpfs') {
    const [size, mode] = [take('tmpfs-size'), take('tmpfs-mode')];
    const options = [
      ...(size === undefined ? [] : [`size=${parseBytes('mount', size)}`]),
      ...(mode === undefined ? [] : [`mode=${mode}`]),
      ...(readOnly ? ['ro'] : []),
    ];
    mount = { type, target: at, options };
  } else {
    refuseValue('mount', value, `has the type ${JSON.stringify(type)}`, 'bind and tmpfs are known; volumes come later');
  }
  const [left] = fields.keys();
  if (left !== undefined) refuseValue('mount', value, `has the unknown field ${JSON.stringify(left)}`);
  return mount;
}

/** `TARGET[:OPTIONS]`. */
export function parseTmpfs(value: string): TmpfsMount {
  const colon = value.indexOf(':');
  const options = colon < 0 ? [] : value.slice(colon + 1).split(',');
  for (const option of options) {
    if (
      !/^(ro|rw|exec|noexec|suid|nosuid|dev|nodev|noatime|relatime|strictatime|nodiratime|size=[\d]+[kmg%]?|mode=[0-7]{1,4}|uid=\d+|gid=\d+|nr_inodes=\d+[kmg]?)$/i.test(
        option,
      )
    ) {
      refuseValue(
        'tmpfs',
        value,
        `has the unknown option ${JSON.stringify(option)}`,
        'write it as /run:size=64m,mode=1770',
      );
    }
  }
  return { type: 'tmpfs', target: target('tmpfs', value, colon < 0 ? value : value.slice(0, colon)), options };
}

/** `PATH[:TARGET[:ACCESS]]`. */
export function parseDevice(value: string): DeviceOption {
  const [path = '', second, third] = value.split(':');
  const isAccess = (text: string | undefined): text is string => text !== undefined && /^[rwm]{1,3}$/.test(text);
  const access = isAccess(third) ? third : isAccess(second) && third === undefined ? second : 'rwm';
  if (third !== undefined && !isAccess(third))
    refuseValue('device', value, `has the access ${JSON.stringify(third)}`, 'it is made of r, w and m');
  const place = second === undefined || (isAccess(second) && third === undefined) ? path : second;
  if (!path.startsWith('/') || !place.startsWith('/')) refuseValue('device', value, 'is not an absolute path');
  return { path, target: place, access };
}
