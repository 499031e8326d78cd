// tsdocker completion in the shells themselves, where they are on this host, with names of a store.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
beforeAll(() => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-completion-'));
  store.tsdocker('run', '--name', 'web_server', '--network', 'none', 'localhost/busybox', 'true');
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(folder, shell), store.tsdocker('completion', shell).stdout);
  }
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const has = (shell: string): boolean =>
  ['/usr/bin', '/bin', '/usr/local/bin'].some((path) => existsSync(join(path, shell)));

/** Without a store in the environment, so that it must come from the line. */
const run = (shell: string, words: readonly string[], root = store.root): string[] =>
  execFileSync(shell, words, {
    encoding: 'utf8',
    env: { PATH: `${dirname(program)}:${process.env.PATH}`, HOME: folder, TERM: 'dumb', TSDOCKER_ROOT: root },
    timeout: 60_000,
  })
    .split('\n')
    .filter((line) => line !== '');

/** What bash would put in the place of the last word, or of what follows its last colon. */
const bash = (line: string, root?: string): string[] =>
  run(
    'bash',
    [
      '-c',
      `. ${folder}/bash; COMP_WORDS=(tsdocker); COMP_LINE=$1; COMP_POINT=\${#1}; _tsdocker; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      line,
    ],
    root,
  );

test('bash completes names of containers and images where these are meant', () => {
  expect(bash('tsdocker rm we')).toEqual(['web_server']);
  expect(bash('tsdocker container rename we')).toEqual(['web_server']);
  expect(bash('tsdocker rename web_server we')).toEqual([]);
  expect(bash('tsdocker rmi loc')).toEqual(['localhost/busybox:latest']);
  expect(bash('tsdocker rmi localhost/busybox:la')).toEqual(['latest']);
  expect(bash('tsdocker run --rm -e A=b --name x loc')).toEqual(['localhost/busybox:latest']);
  expect(bash('tsdocker inspect ')).toEqual(['web_server', 'localhost/busybox:latest']);
});

test('bash completes names of networks where these are meant', () => {
  expect(bash('tsdocker run --network no')).toEqual(['none']);
  expect(bash('tsdocker network rm br')).toEqual(['bridge']);
  expect(bash('tsdocker network connect bridge we')).toEqual(['web_server']);
});

test('bash looks into the store that the line names', () => {
  expect(bash(`tsdocker --root ${store.root} rm we`, '/nonexistent')).toEqual(['web_server']);
  expect(bash(`tsdocker --root=${store.root} rm we`, '/nonexistent')).toEqual(['web_server']);
});

test('a word is never expanded', () => {
  const trap = join(folder, 'trap');
  for (const word of [`$(touch ${trap})`, `\`touch ${trap}\``, '*']) bash(`tsdocker rm ${word}`);
  expect(existsSync(trap)).toBe(false);
});

test.skipIf(!has('fish'))('fish completes verbs, flags and names', () => {
  const fish = (line: string): string[] =>
    run('fish', ['--no-config', '-c', `source ${folder}/fish; complete -C "${line}"`]).map(
      (each) => each.split('\t')[0]!,
    );
  expect(fish('tsdocker pul')).toEqual(['pull']);
  expect(fish('tsdocker container rena')).toEqual(['rename']);
  expect(fish('tsdocker rm --fo')).toEqual(['--force']);
  expect(fish('tsdocker rm we')).toEqual(['web_server']);
  expect(fish('tsdocker run --network no')).toEqual(['none']);
  expect(fish('tsdocker --debug container rm we')).toEqual(['web_server']);
  expect(fish('tsdocker rmi loc')).toEqual(['localhost/busybox:latest']);
  expect(fish('tsdocker completion z')).toEqual(['zsh']);
  expect(fish('tsdocker load -i /etc/passw')).toContain('/etc/passwd');
});

/** An interactive zsh in which the tab key writes down what became of the line. */
const driver = `
zmodload zsh/zpty
out=$1; script=$2; shift 2
zpty z zsh -f -i
zpty -w z 'PROMPT=; autoload -Uz compinit; compinit -u -D; source '$script'; report() { zle complete-word; print -r -- "$BUFFER|" >> '$out'; BUFFER=; }; zle -N report; bindkey "^I" report; print ready >> '$out
wait_for() { local i; local -a lines; for i in {1..600}; do lines=(\${(f)"$(<$out)"}); (( $#lines >= $1 )) && return; sleep 0.05; done; exit 1 }
: > $out
n=1; wait_for 1
for line in "$@"; do zpty -w -n z "$line"$'\\t'; wait_for $((++n)); done
zpty -d z
`;

test.skipIf(!has('zsh'))('zsh completes verbs, flags and names', () => {
  const out = join(folder, 'out');
  const lines = {
    'tsdocker pul': 'tsdocker pull ',
    'tsdocker container rena': 'tsdocker container rename ',
    'tsdocker rm --fo': 'tsdocker rm --force ',
    'tsdocker rm we': 'tsdocker rm web_server ',
    [`tsdocker --root ${store.root} rm we`]: `tsdocker --root ${store.root} rm web_server `,
    'tsdocker rmi loc': 'tsdocker rmi localhost/busybox:latest ',
    'tsdocker run --name x loc': 'tsdocker run --name x localhost/busybox:latest ',
    'tsdocker completion z': 'tsdocker completion zsh ',
    'tsdocker network rm br': 'tsdocker network rm bridge ',
  };
  run('zsh', ['-f', '-c', driver, 'zsh', out, join(folder, 'zsh'), ...Object.keys(lines)]);
  expect(readFileSync(out, 'utf8').split('\n').slice(1, -1)).toEqual(Object.values(lines).map((line) => `${line}|`));
});

test('there is no completion for other shells', () => {
  const { status, stderr } = store.tsdocker('completion', 'csh');
  expect([status, stderr]).toEqual([
    125,
    'tsdocker: there is no completion for csh\n  hint: there are bash, zsh and fish\n',
  ]);
});
