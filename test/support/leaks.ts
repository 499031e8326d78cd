// What a store may have left on the host after a fault: processes, cgroups, mounts, and files whose maker is gone. Whose a
// process or a cgroup is, is told by the ids that the store ever gave out: other tests run containers at the same time.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import type { TestStore } from './tsdocker.ts';

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has just ended
  }
}

/** Collects the ids of a store's containers, also of those that are gone. */
export class StoreWatch {
  readonly #root: string;
  readonly #ids = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** To be called before anything sweeps: a container that was never made to the end leaves no other trace of its id. */
  note(): void {
    const names = [...list(join(this.#root, 'container')), ...list(join(this.#root, 'tmp'))];
    const events = ['events', 'events.1'].map((name) => textOf(join(this.#root, name))).join('');
    for (const [id] of `${names.join('\n')}\n${events}`.matchAll(/\b[a-f0-9]{64}\b/g)) this.#ids.add(id);
  }

  /**
   * What is there of containers that are not in `kept`, and what no container accounts for; empty if all is well. Nothing is
   * asked to tidy up.
   */
  leaks(kept: readonly string[] = []): string[] {
    this.note();
    const gone = new Set([...this.#ids].filter((id) => !kept.includes(id)));
    return [
      ...this.#processes(gone),
      ...list(join(readHierarchy().path, 'tsdocker'))
        .filter((name) => gone.has(name))
        .map((name) => `cgroup ${name}`),
      ...readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .filter((line) => line.includes(this.#root))
        .map((line) => `mount ${line}`),
      ...list(join(this.#root, 'tmp')).map((name) => `tmp/${name}`),
      ...list(join(this.#root, 'container'))
        .filter((name) => !kept.includes(name))
        .map((name) => `container/${name}`),
      ...list(this.#root)
        .filter((name) => name.startsWith('.'))
        .map((name) => name),
    ];
  }

  #processes(gone: ReadonlySet<string>): string[] {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      const words = textOf(`/proc/${pid}/cmdline`).split('\0');
      const id = /\/tsdocker\/([a-f0-9]{64})/.exec(textOf(`/proc/${pid}/cgroup`))?.[1];
      const isOurs =
        (id !== undefined && gone.has(id)) ||
        (words[0] === 'tsdocker-shim' && gone.has(words[1] ?? '')) ||
        (words[0]?.startsWith('tsdocker-') && !words.some((word) => this.#ids.has(word)) && this.#holdsStore(pid));
      return isOurs ? [`process ${pid} ${words.join(' ')}`] : [];
    });
  }

  /** Whether one of its descriptors is of a file in the store. */
  #holdsStore(pid: string): boolean {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) =>
        readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(`${this.#root}/`),
      );
    } catch {
      return false;
    }
  }

  /** The same, once what was killed has had its time: a process leaves its cgroup after its last descriptor is closed. */
  async settled(kept: readonly string[] = []): Promise<string[]> {
    for (let tries = 0; tries < 500 && this.leaks(kept).length > 0; tries++) await setTimeout(20);
    return this.leaks(kept);
  }
}

/** What `ps -a` and `inspect` say of every container of the store, which must agree: name and status, in the order of `ps`. */
export function agreed(store: TestStore): { readonly name: string; readonly id: string; readonly status: string }[] {
  const listed = store.tsdocker('ps', '-a', '--no-trunc', '--format', '{{.Names}} {{.ID}} {{.State}}');
  if (listed.status !== 0) throw new Error(`ps ended with ${listed.status}: ${listed.stderr}`);
  const containers = listed.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', id = '', status = ''] = line.split(' ');
      return { name, id, status };
    });
  if (containers.length === 0) return [];
  const names = containers.map(({ name }) => name);
  const inspected = store.tsdocker(
    'inspect',
    '--type',
    'container',
    '-f',
    '{{.Name}} {{.Id}} {{.State.Status}}',
    ...names,
  );
  if (inspected.status !== 0) throw new Error(`inspect ended with ${inspected.status}: ${inspected.stderr}`);
  const expected = containers.map(({ name, id, status }) => `/${name} ${id} ${status}\n`).join('');
  if (inspected.stdout !== expected) throw new Error(`ps says\n${expected}and inspect\n${inspected.stdout}`);
  return containers;
}
