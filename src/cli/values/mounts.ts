// -v, --mount and --tmpfs: what of the host a container sees, and where.
import { normalize, resolve } from 'node:path';
import type { BindMount, TmpfsMount } from '../../spec/run-options.ts';
import { separate } from './fields.ts';
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

/** A place on the host: absolute, or from here where it begins with a dot. The shell knows `~`, we do not. */
function source(flag: string, value: string, path: string, cwd: string): string {
  if (path === '') refuseValue(flag, value, 'names no source');
  if (/^[./]/.test(path)) return resolve(cwd, path);
  return refuseValue(
    flag,
    value,
    `names the volume ${JSON.stringify(path)}`,
    'volumes with names come later; a path on the host begins with / or ./',
  );
}

/** `SOURCE:TARGET[:OPTIONS]`, or a TARGET alone, which keeps storage of the container's own. */
export function parseVolume(value: string, cwd: string): BindMount | { readonly volume: string } {
  const [first = '', second, options = '', ...more] = value.split(':');
  if (more.length > 0)
    refuseValue('volume', value, 'has too many parts', 'write it as /on/the/host:/in/the/container:ro');
  if (second === undefined) return { volume: target('volume', value, first) };
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
    source: source('volume', value, first, cwd),
    target: target('volume', value, second),
    readOnly,
    recursive: true,
    mustExist: false,
    ...(propagation === undefined ? {} : { propagation }),
  };
}

/** `type=bind,source=…,target=…,readonly` or `type=tmpfs,target=…,tmpfs-size=…`. */
export function parseMount(value: string, cwd: string): BindMount | TmpfsMount {
  const { take, takeSwitch, left } = separate('mount', value);
  const type = take('type') ?? 'volume';
  const place = take('target', 'destination', 'dst');
  if (place === undefined) refuseValue('mount', value, 'has no target');
  const at = target('mount', value, place);
  const readOnly = takeSwitch('readonly', 'ro');
  take('consistency'); // a hint of Docker Desktop's
  let mount: BindMount | TmpfsMount;
  if (type === 'bind') {
    const from = source('mount', value, take('source', 'src') ?? '', cwd);
    const propagation = take('bind-propagation');
    if (propagation !== undefined && !isPropagation(propagation))
      refuseValue('mount', value, `has the unknown propagation ${propagation}`);
    const recursion = take('bind-recursive') ?? 'enabled';
    if (recursion !== 'enabled' && recursion !== 'disabled')
      refuseValue('mount', value, `has the unknown recursion ${recursion}`, 'enabled and disabled are known');
    const recursive = recursion === 'enabled' && !takeSwitch('bind-nonrecursive');
    mount = {
      type,
      source: from,
      target: at,
      readOnly,
      recursive,
      mustExist: true,
      ...(propagation === undefined ? {} : { propagation }),
    };
  } else if (type === 'tmpfs') {
    const [size, mode] = [take('tmpfs-size'), take('tmpfs-mode')];
    if (mode !== undefined && !/^[0-7]{1,4}$/.test(mode))
      refuseValue('mount', value, `has the mode ${JSON.stringify(mode)}`, 'write it in octal, as 1770');
    const options = [
      ...(size === undefined ? [] : [`size=${parseBytes('mount', size)}`]),
      ...(mode === undefined ? [] : [`mode=${mode}`]),
      ...(readOnly ? ['ro'] : []),
    ];
    mount = { type, target: at, options };
  } else {
    refuseValue('mount', value, `has the type ${JSON.stringify(type)}`, 'bind and tmpfs are known; volumes come later');
  }
  const unknown = left();
  if (unknown !== undefined) refuseValue('mount', value, `has the unknown field ${JSON.stringify(unknown)}`);
  return mount;
}

/** `TARGET[:OPTIONS]`. */
export function parseTmpfs(value: string): TmpfsMount {
  const colon = value.indexOf(':');
  const options =
    colon < 0
      ? []
      : value
          .slice(colon + 1)
          .split(',')
          .filter((option) => option !== '');
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
