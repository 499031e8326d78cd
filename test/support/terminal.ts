// A terminal as a person has one (tmux): keys are typed, and the screen is read.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { program } from './tsdocker.ts';

export interface Terminal extends Disposable {
  /** Keys in tmux's words: text, or `Enter`, `C-p`. */
  type(...keys: readonly string[]): void;
  /** Types a line and `Enter`. */
  line(text: string): void;
  screen(): string;
  /** Waits until the screen shows it. */
  shows(pattern: RegExp): Promise<string>;
  resize(width: number, height: number): void;
}

/** A shell with the prompt `outer> ` that knows `tsdocker` and the store, 80 columns wide and 24 lines high. */
export function openTerminal(root: string): Terminal {
  const server = `tsdocker-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const tmux = (...words: string[]): string =>
    spawnSync('tmux', ['-L', server, '-f', '/dev/null', ...words], { encoding: 'utf8' }).stdout;
  const shell = `env PS1='outer> ' TSDOCKER_ROOT='${root}' PATH='${dirname(program)}:${process.env.PATH}' bash --norc --noprofile`;
  tmux('new-session', '-d', '-x', '80', '-y', '24', shell);
  const terminal: Terminal = {
    type: (...keys) => void tmux('send-keys', ...keys),
    line: (text) => void tmux('send-keys', text, 'Enter'),
    screen: () => tmux('capture-pane', '-p').replace(/\n+$/, '\n'),
    async shows(pattern) {
      for (let tries = 0; tries < 400; tries++) {
        const shown = terminal.screen();
        if (pattern.test(shown)) return shown;
        await setTimeout(25);
      }
      throw new Error(`the screen never showed ${pattern}:\n${terminal.screen()}`);
    },
    resize: (width, height) => void tmux('resize-window', '-x', String(width), '-y', String(height)),
    [Symbol.dispose]: () => void tmux('kill-server'),
  };
  return terminal;
}
