// create, start, stop, kill, restart, pause, unpause, wait, rm: what each does to a container in each state, as Docker has it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, inspected, logged, startDetached, stateOf } from '../support/detached.ts';
import { hostState } from '../support/host-state.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
});
afterAll(() => store[Symbol.dispose]());

const tsdocker = (...words: string[]) => store.tsdocker(...words);
const create = (name: string, script: string, ...flags: string[]): void => {
  const words = ['create', '--name', name, '--network', 'none', ...flags, 'localhost/busybox', 'sh', '-c', script];
  expect(tsdocker(...words)).toEqual({ status: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/), stderr: '' });
};
const status = (name: string): string => inspected(store, name, '{{.State.Status}} {{.State.ExitCode}}');
const done = (name: string) => ({ status: 0, stdout: `${name}\n`, stderr: '' });
const refused = (message: RegExp) => ({ status: 125, stdout: '', stderr: expect.stringMatching(message) });

/** Ignores SIGTERM, and says when it does. */
const stubborn = "trap '' TERM; echo ready; while :; do sleep 0.1; done";

describe('a container that was only made', () => {
  beforeAll(() => create('made', 'echo out; echo err >&2; exit 3'));

  test.each([
    ['kill', /^tsdocker: cannot kill the container made: it is not running\n/],
    ['pause', /^tsdocker: the container made is not running\n {2}hint: tsdocker start made starts it\n$/],
    ['unpause', /^tsdocker: the container made is not running\n/],
    ['attach', /^tsdocker: the container made is not running\n/],
  ])('%s is refused', (verb, message) => {
    expect(tsdocker(verb, 'made')).toEqual(refused(message));
  });

  test('a command in it is refused', () => {
    expect(tsdocker('exec', 'made', 'true')).toEqual(refused(/^tsdocker: the container made is not running\n/));
  });

  test('stop is no error, and wait says 0 at once', () => {
    expect(tsdocker('stop', 'made')).toEqual(done('made'));
    expect(tsdocker('wait', 'made')).toEqual(done('0'));
    expect(status('made')).toBe('created 0');
  });

  test('it starts as often as one likes, with the same files, and ends with its own status', () => {
    create('again', 'echo x >>/count; wc -l </count; exit 3');
    for (const line of ['1', '2', '3'])
      expect(tsdocker('start', '-a', 'again')).toEqual({ status: 3, stdout: `${line}\n`, stderr: '' });
    expect(tsdocker('wait', 'again')).toEqual(done('3'));
    expect(tsdocker('logs', 'again').stdout).toBe('1\n2\n3\n');
  });

  test('start -a keeps its stderr apart', () => {
    expect(tsdocker('start', '-a', 'made')).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
  });
});

test('the second container of a name is refused, and nothing of it stays', () => {
  create('taken', 'true');
  const before = hostState(store.root);
  expect(tsdocker('create', '--name', 'taken', 'localhost/busybox')).toEqual(refused(/the name taken is taken/));
  expect(hostState(store.root)).toEqual(before);
});

test('one whose command is not there ends no start: it is as it was', () => {
  expect(tsdocker('create', '--name', 'hollow', '--network', 'none', 'localhost/busybox', 'nosuch').status).toBe(0);
  for (const words of [
    ['start', 'hollow'],
    ['start', '-a', 'hollow'],
  ]) {
    const message = /cannot start hollow: the command "nosuch" is not in/;
    expect(tsdocker(...words)).toEqual({ ...refused(message), status: 127 });
  }
  expect(status('hollow')).toMatch(/^created /);
  expect(tsdocker('rm', 'hollow')).toEqual(done('hollow'));
});

describe('start -i', () => {
  test('gives the input to a container that was made with -i', () => {
    create('reader', 'read a; echo "got $a"; exit 4', '-i');
    const run = store.tsdockerWith({ input: 'abc\n' }, 'start', '-ai', 'reader');
    expect(run).toEqual({ status: 4, stdout: 'got abc\n', stderr: '' });
  });

  test('gives none to one that was made without', () => {
    create('deaf', 'cat; echo end');
    expect(store.tsdockerWith({ input: 'abc\n' }, 'start', '-ai', 'deaf').stdout).toBe('end\n');
  });

  test('takes one container only, but start several', () => {
    create('one', 'true');
    create('two', 'true');
    expect(tsdocker('start', '-a', 'one', 'two')).toEqual(refused(/only one container/));
    expect(tsdocker('start', 'one', 'two').stdout).toBe('one\ntwo\n');
  });
});

test('verbs go on after a name that is none, in the order they were given, and say so for each', () => {
  create('here', 'true');
  const { stdout, stderr, status: exit } = tsdocker('start', 'nope', 'here', 'nope2');
  expect(exit).toBe(125);
  expect(stdout).toBe('here\n');
  expect(stderr.match(/no container \w+/g)).toEqual(['no container nope', 'no container nope2']);
});

test.each(['start', 'stop', 'kill', 'restart', 'pause', 'unpause', 'wait', 'attach', 'rm'])(
  '%s of no container is refused with a hint',
  (verb) => {
    expect(tsdocker(verb, 'nope')).toEqual(refused(/^tsdocker: there is no container nope\n {2}hint: [^\n]+\n$/));
  },
);

describe('stop', () => {
  test('start of one that runs does nothing, and rm of it is refused', () => {
    const id = startDetached(store, 'sleep 1000', '--name', 'runs');
    expect(tsdocker('start', 'runs')).toEqual(done('runs'));
    expect(stateOf(store, id).restarts).toBe(0);
    expect(tsdocker('rm', 'runs')).toEqual(refused(/the container runs is running\n {2}hint: .*rm -f runs/));
    expect(tsdocker('rm', '-f', 'runs')).toEqual(done('runs'));
  });

  test('asks with SIGTERM and then kills', async () => {
    startDetached(store, stubborn, '--name', 'stubborn');
    await logged(store, 'stubborn', 'ready');
    expect(tsdocker('stop', '-t', '1', 'stubborn')).toEqual(done('stubborn'));
    expect(status('stubborn')).toBe('exited 137');
  });

  test('with -t 0 kills at once what does not listen', async () => {
    startDetached(store, stubborn, '--name', 'stubborn0');
    await logged(store, 'stubborn0', 'ready');
    expect(tsdocker('stop', '-t', '0', 'stubborn0')).toEqual(done('stubborn0'));
    expect(tsdocker('wait', 'stubborn0')).toEqual(done('137'));
  });

  test('takes as long as the container asks for with --stop-timeout', async () => {
    startDetached(store, stubborn, '--name', 'impatient', '--stop-timeout', '0');
    await logged(store, 'impatient', 'ready');
    expect(tsdocker('stop', 'impatient')).toEqual(done('impatient'));
    expect(status('impatient')).toBe('exited 137');
  });

  const choosy = "trap 'exit 7' INT; trap 'exit 8' TERM; echo ready; while :; do sleep 0.1; done";

  test.each([
    ['the container’s own', [], 7],
    ['another', ['--signal', 'TERM'], 8],
  ] as const)('sends %s signal', async (what, flags, exit) => {
    const name = `choosy${exit}`;
    startDetached(store, choosy, '--name', name, '--stop-signal', 'INT');
    await logged(store, name, 'ready');
    expect(tsdocker('stop', ...flags, name), what).toEqual(done(name));
    expect(tsdocker('wait', name)).toEqual(done(String(exit)));
  });

  test('of a signal that is none is refused before anything is done', () => {
    const id = startDetached(store, 'sleep 1000');
    for (const verb of ['stop', 'restart', 'kill'])
      expect(tsdocker(verb, '--signal', 'NOPE', id)).toEqual(refused(/"NOPE" of --signal is not a signal/));
    expect(tsdocker('stop', '-t', 'soon', id)).toEqual(refused(/"soon" of --time/));
    expect(stateOf(store, id).status).toBe('running');
  });

  test('of one that is paused ends it', () => {
    const id = startDetached(store, "trap 'exit 9' TERM; while :; do sleep 0.1; done");
    expect(tsdocker('pause', id).status).toBe(0);
    expect(tsdocker('stop', '-t', '5', id)).toEqual(done(id));
    expect(status(id)).toMatch(/^exited /);
  });
});

describe('kill', () => {
  test('ends it when it returns, and so does rm -f of one that is paused', () => {
    const id = startDetached(store, 'sleep 1000');
    expect(tsdocker('kill', id)).toEqual(done(id));
    expect(status(id)).toBe('exited 137');
    expect(tsdocker('restart', id)).toEqual(done(id));
    expect(tsdocker('pause', id)).toEqual(done(id));
    expect(tsdocker('rm', '-fv', id)).toEqual(done(id));
    expect(hostState(store.root).bundles).not.toContain(id);
  });

  test.each(['USR1', 'sigusr1', '10'])('-s %s is the command’s own affair', async (signal) => {
    const id = startDetached(store, "trap 'echo got it; exit 6' USR1; echo ready; while :; do sleep 0.1; done");
    await logged(store, id, 'ready');
    expect(tsdocker('kill', '-s', signal, id)).toEqual(done(id));
    expect(tsdocker('wait', id)).toEqual(done('6'));
    expect(tsdocker('logs', id).stdout).toBe('ready\ngot it\n');
  });

  test('lets one that is paused go on, as Docker does', async () => {
    const id = startDetached(store, "trap 'exit 6' USR1; echo ready; while :; do sleep 0.1; done");
    await logged(store, id, 'ready');
    expect(tsdocker('pause', id).status).toBe(0);
    expect(tsdocker('kill', '-s', 'USR1', id)).toEqual(done(id));
    expect(tsdocker('wait', id)).toEqual(done('6'));
  });
});

describe('pause', () => {
  test('freezes every process, and unpause lets them go on', async () => {
    const id = startDetached(store, 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done');
    await logged(store, id, '2\n');
    expect(tsdocker('pause', id)).toEqual(done(id));
    expect(inspected(store, id, '{{.State.Status}} {{.State.Paused}} {{.State.Running}}')).toBe('paused true true');
    const frozen = tsdocker('logs', id).stdout;
    expect(tsdocker('pause', id)).toEqual(refused(/is already paused\n$/));
    expect(tsdocker('exec', id, 'true')).toEqual(refused(/is paused\n {2}hint: let it go on first: tsdocker unpause /));
    expect(tsdocker('attach', id)).toEqual(refused(/the container is paused\n/));
    expect(tsdocker('rm', id)).toEqual(refused(/is paused\n/));
    expect(tsdocker('logs', id).stdout).toBe(frozen);
    expect(tsdocker('unpause', id)).toEqual(done(id));
    expect(tsdocker('unpause', id)).toEqual(refused(/is not paused\n$/));
    await eventually('it counts on', () => tsdocker('logs', id).stdout.length > frozen.length);
  });

  test('one that is restarted runs', () => {
    const id = startDetached(store, 'sleep 1000');
    expect(tsdocker('pause', id).status).toBe(0);
    expect(tsdocker('restart', '-t', '0', id)).toEqual(done(id));
    expect(stateOf(store, id).status).toBe('running');
  });
});

describe('restart', () => {
  test('of one that is over starts it', () => {
    create('over', 'sleep 1000');
    expect(tsdocker('restart', 'over')).toEqual(done('over'));
    expect(status('over')).toBe('running 0');
  });

  test('of one that runs gives it another first process, and keeps its files', async () => {
    const id = startDetached(store, 'echo x >>/count; wc -l </count; exec sleep 1000');
    await logged(store, id, '1');
    const before = stateOf(store, id).pid;
    expect(tsdocker('restart', '-t', '0', id)).toEqual(done(id));
    expect(stateOf(store, id).pid).not.toBe(before);
    await logged(store, id, '2');
    expect(inspected(store, id, '{{.RestartCount}}')).toBe('0');
  });
});

describe('wait', () => {
  test('waits for several at once and says what each ended with, in their order', () => {
    const ids = [3, 4].map((exit) => startDetached(store, `sleep 0.${9 - 2 * exit}; exit ${exit}`));
    expect(tsdocker('wait', ...ids)).toEqual({ status: 0, stdout: '3\n4\n', stderr: '' });
  });

  test('goes on after a name that is none', () => {
    const id = startDetached(store, 'exit 3');
    expect(tsdocker('wait', 'nope', id)).toEqual({
      status: 125,
      stdout: '3\n',
      stderr: expect.stringMatching(/^tsdocker: there is no container nope\n/),
    });
  });
});

describe('rm', () => {
  test('removes what it can, and says what it could not', () => {
    create('gone1', 'true');
    create('gone2', 'true');
    const run = tsdocker('rm', 'gone1', 'nope', 'gone2');
    expect(run).toEqual({ status: 125, stdout: 'gone1\ngone2\n', stderr: expect.stringMatching(/no container nope/) });
    expect(tsdocker('rm', '-f', 'nope').status).toBe(0);
  });

  test('leaves nothing of a container that ran', () => {
    const id = startDetached(store, 'sleep 1000', '-v', '/data');
    expect(tsdocker('rm', '-f', '-v', id)).toEqual(done(id));
    const after = hostState(store.root);
    expect(after.bundles).not.toContain(id);
    expect(after.cgroups).not.toContain(id);
    expect(after.mounts.filter((line) => line.includes(id))).toEqual([]);
  });
});
