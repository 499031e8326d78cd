// A pull as a person watches it: in a real terminal (tmux), from a registry that is slow on purpose, and given up with Ctrl-C.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeRegistry, type Served, startFakeRegistry } from '../fakes/registry.ts';
import { hostState } from '../support/host-state.ts';
import { makeOciLayout } from '../support/image-fixture.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
let server: string;
let registry: FakeRegistry | undefined;

beforeEach(() => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-progress-'));
  server = `tsdocker-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
});
afterEach(async () => {
  tmux('kill-server');
  await registry?.stop();
  registry = undefined;
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const tmux = (...words: string[]): string =>
  spawnSync('tmux', ['-L', server, '-f', '/dev/null', ...words], { encoding: 'utf8' }).stdout;
const type = (...keys: string[]): string => tmux('send-keys', ...keys);
/** The screen and what has left it at the top. */
const screen = (): string => tmux('capture-pane', '-p', '-S', '-').replace(/\n+$/, '\n');

async function shows(pattern: RegExp): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const shown = screen();
    if (pattern.test(shown)) return shown;
    await setTimeout(25);
  }
  throw new Error(`the screen never showed ${pattern}:\n${screen()}`);
}

/** A registry with an image of so many layers, of which those from the nth on send `stallAfter` bytes and then nothing. */
async function serve(count: number, stallFrom = Number.POSITIVE_INFINITY, stallAfter = 0): Promise<FakeRegistry> {
  const layers = Array.from({ length: count }, (_, index) => [{ name: `file${index}`, body: 'x'.repeat(20_000) }]);
  const layout = await makeOciLayout(join(folder, 'layout'), { layers, compression: 'none' });
  const blobs = join(layout.folder, 'blobs/sha256');
  const served: Served = {
    top: { bytes: readFileSync(join(blobs, layout.top.digest.slice(7))), mediaType: layout.top.mediaType },
    blobs: new Map(readdirSync(blobs).map((name) => [`sha256:${name}`, readFileSync(join(blobs, name))])),
  };
  const slow = layout.images[0]!.layers.slice(stallFrom).map(({ digest }) => digest);
  registry = await startFakeRegistry({
    served,
    faults: {
      blobs: (reply, { path }) => (slow.some((digest) => path.endsWith(digest)) ? { ...reply, stallAfter } : reply),
    },
  });
  return registry;
}

/** Types the command into a shell in a terminal of this size. */
async function watch(columns: number, rows: number, words: string): Promise<void> {
  tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, 'env PS1="outer> " bash --norc --noprofile');
  await shows(/^outer>/);
  type(`clear; env TSDOCKER_ROOT=${store.root} ${program} ${words}; echo "ended with $?"`, 'Enter');
}

test('a line a layer, and at last the digest, the status and the name', async () => {
  const { name } = await serve(3);
  await watch(100, 30, `pull ${name}:latest`);
  const shown = await shows(/^ended with \d+$/m);
  const complete = '[0-9a-f]{12}: Pull complete\n';
  expect(shown).toMatch(
    new RegExp(
      `latest: Pulling from library/thing\n(?:${complete}){3}Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for ${name}:latest\n${name}:latest\nended with 0\n`,
    ),
  );
});

test('a bar while it comes, which follows the width of the terminal; Ctrl-C ends it with 130 and leaves nothing', async () => {
  const { name } = await serve(1, 0, 10_000);
  store.tsdocker('images'); // makes the store
  const before = hostState(store.root);
  await watch(100, 30, `pull ${name}:latest`);
  await shows(/^[0-9a-f]{12}: Downloading \[=+> +\] +10kB\/2\d\.\d\dkB$/m);
  tmux('resize-window', '-x', '45', '-y', '20');
  await shows(/^[0-9a-f]{12}: Downloading 10kB\/2\d\.\d\dkB$/m);
  type('C-c');
  const shown = await shows(/^ended with 130$/m);
  expect(shown).toMatch(/kB\ntsdocker: interrupted\nended with 130\n/);
  // What tmux has moved off the screen to wrap it cannot be drawn over.
  expect(tmux('capture-pane', '-p').match(/Downloading/g)).toHaveLength(1);
  expect(hostState(store.root)).toEqual(before);
  type('echo typed', 'Enter');
  await shows(/^typed$/m);
});

test('more layers than the terminal has lines stay on it while they come', async () => {
  const { name } = await serve(30, 1, 5000);
  await watch(80, 12, `pull ${name}:latest`);
  const shown = await shows(/… and \d+ more, \d+ of them complete/);
  expect(shown.match(/Downloading/g)!.length).toBeGreaterThan(1);
  await setTimeout(300);
  expect(screen().match(/… and/g)).toHaveLength(1);
  type('C-c');
  const ended = await shows(/^ended with 130$/m);
  expect(ended.match(/^[0-9a-f]{12}: /gm)).toHaveLength(30);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a pull into a pipe with %i', async (signal, status) => {
  const { name } = await serve(1, 0, 5000);
  const pull = spawn(program, ['pull', `${name}:latest`], { env: { ...process.env, TSDOCKER_ROOT: store.root } });
  const ended = Promise.withResolvers<number | null>();
  pull.on('close', ended.resolve);
  let output = '';
  pull.stdout.on('data', (bytes) => {
    output += bytes;
    if (output.includes('fs layer')) pull.kill(signal);
  });
  expect(await ended.promise).toBe(status);
  expect(output).toMatch(/^latest: Pulling from library\/thing\n[0-9a-f]{12}: Pulling fs layer\n$/);
  expect(store.tsdocker('images', '-q').stdout).toBe('');
});

test('a run that must pull says so on stderr', async () => {
  const { name } = await serve(1, 0, 5000);
  await watch(120, 30, `run --rm --network none ${name}:latest true >/dev/null`);
  await shows(
    /^Unable to find image '\S+:latest' locally\nlatest: Pulling from library\/thing\n[0-9a-f]{12}: Downloading \[/m,
  );
  type('C-c');
  await shows(/\ntsdocker: interrupted\n/);
});
