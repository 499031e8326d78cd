// Preloaded into the command (`node --import`), which then runs from its sources: kills it at a chosen stage. A stage is a call that
// writes (to a file, the database, the kernel, a shim), and the moment after it; a launch step; or nothing, to list them all.
//
//   KILL_LIST  a file that gets the stages as they are passed, a name a line
//   KILL_STAGE the number of the stage to be killed after
//   KILL_STEP  the number of the launch step to be killed after: the program is cut there, and waits
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';

const stageToDie = Number(process.env.KILL_STAGE ?? -1);
const stepToDie = Number(process.env.KILL_STEP ?? -1);
const list = process.env.KILL_LIST;

let depth = 0; // node:fs calls itself

function note(line: string): void {
  if (list === undefined) return;
  depth++;
  fs.appendFileSync(list, `${line.replaceAll(/[^ -~]+/g, ' ')}\n`);
  depth--;
}

let passed = 0;
function stage(name: string): void {
  if (depth > 0) return;
  note(name);
  if (passed++ === stageToDie) process.kill(process.pid, 'SIGKILL');
}

type Callable = (...words: unknown[]) => unknown;

function wrap(object: object, names: readonly string[], describe: (name: string, words: readonly unknown[]) => string) {
  const methods = object as Record<string, Callable>;
  for (const name of names) {
    const real = methods[name]!;
    methods[name] = function (this: unknown, ...words: unknown[]) {
      depth++;
      try {
        return real.apply(this, words);
      } finally {
        depth--;
        stage(describe(name, words));
      }
    };
  }
}

const writes = [
  ...[
    'appendFileSync',
    'writeFileSync',
    'writeSync',
    'renameSync',
    'linkSync',
    'symlinkSync',
    'mkdirSync',
    'mkdtempSync',
  ],
  ...['rmSync', 'rmdirSync', 'unlinkSync', 'chmodSync', 'copyFileSync', 'ftruncateSync'],
];
const lastName = (path: unknown): string =>
  String(path)
    .split('/')
    .at(-1)!
    .replace(/[a-f0-9]{64}/, 'ID');
wrap(fs, writes, (name, [path]) => `${name} ${lastName(path)}`);
syncBuiltinESMExports();
wrap(DatabaseSync.prototype, ['exec'], (_, [sql]) => `sql ${String(sql).slice(0, 40)}`);
wrap(StatementSync.prototype, ['run'], () => 'sql run');

/** Calls of the kernel that leave nothing, and tell nobody anything. */
const harmless = new Set(
  'openat openat2 close read readlinkat newfstatat statx fstat getdents64 poll ppoll lseek getrandom geteuid uname fcntl'.split(
    ' ',
  ),
);

interface StepPart {
  readonly number: number;
  readonly call: string;
  readonly why: string;
}

interface Hooked {
  tsdockerCall(name: string, words: readonly unknown[]): void;
  /** What is to be sent instead of a phase; undefined behind the cut. */
  tsdockerCut<T extends { readonly steps: readonly StepPart[] }>(phase: T): T | undefined;
  tsdockerReport(kind: number, step: number): void;
}

let cutAt: number | undefined;
let sent = 0; // steps of the programs before
Object.assign(globalThis, {
  tsdockerCall(name, words) {
    const path = words.find((word) => typeof word === 'string');
    if (!harmless.has(name)) stage(path === undefined ? name : `${name} ${lastName(path)}`);
  },
  tsdockerCut(phase) {
    if (cutAt !== undefined) return undefined;
    for (const { number, call, why } of phase.steps) note(`step ${number} ${call} ${why}`);
    const at = stepToDie - sent;
    sent += phase.steps.length;
    if (at < 0 || at >= phase.steps.length) return phase;
    if (phase.steps[at]!.call === 'wait') {
      cutAt = phase.steps[at]!.number;
      return phase;
    }
    cutAt = phase.steps[at]!.number + 1;
    const plain = {
      group: '',
      why: '',
      args: [],
      accepted: [],
      retry: false,
      store: undefined,
      branch: false,
      as: undefined,
    };
    return {
      ...phase,
      steps: [...phase.steps.slice(0, at + 1), { ...plain, number: cutAt, call: 'wait' }],
    };
  },
  tsdockerReport(kind, step) {
    if (step === cutAt && kind === 2) process.kill(process.pid, 'SIGKILL');
    stage(`report ${kind}`);
  },
} satisfies Hooked);

/** The seams, each with what stands there and what is put in its place. */
const seams: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  '/src/kernel/invoke.ts': [
    ['if (result >= 0) return result;', 'if (result >= 0) { globalThis.tsdockerCall(name, words); return result; }'],
  ],
  '/src/engine/exec.ts': [
    [
      'kernel.send(ours, encodePhase(phase));',
      '{ const cut = globalThis.tsdockerCut(phase); if (cut !== undefined) kernel.send(ours, encodePhase(cut)); }',
    ],
  ],
  '/src/launch/launcher.ts': [
    ['encodePhase(phase);', 'encodePhase(globalThis.tsdockerCut(phase));'],
    [
      'return { kind: readUint32(memory, 0)',
      'globalThis.tsdockerReport(readUint32(memory, 0), readUint32(memory, 4)); return { kind: readUint32(memory, 0)',
    ],
  ],
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const found = Object.entries(seams).find(([end]) => url.endsWith(end));
    if (found === undefined) return loaded;
    let source = String(loaded.source);
    for (const [from, to] of found[1]) {
      if (!source.includes(from)) throw new Error(`${url} has no ${from}`);
      source = source.replace(from, to);
    }
    return { ...loaded, source };
  },
});
