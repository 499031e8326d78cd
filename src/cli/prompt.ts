// Asking a person at the terminal, for a password without showing it (tty(4), termios(3): raw mode echoes nothing, and leaves
// the keys that edit and interrupt to us).
import { StringDecoder } from 'node:string_decoder';
import { TsdockerError } from '../error.ts';

/** One line, without its end. Throws `usage` where the input ends first. @param hidden Whether what is typed stays unseen. */
export async function prompt(question: string, hidden: boolean): Promise<string> {
  const { stdin, stdout } = process;
  const decoder = new StringDecoder('utf8');
  let line = emptyLine;
  if (hidden) stdin.setRawMode(true);
  stdout.write(question);
  try {
    line = await new Promise<TypedLine>((resolve, reject) => {
      stdin.on('data', (part: Buffer) => {
        line = typed(line, decoder.write(part));
        if (line.end !== undefined) resolve(line);
      });
      stdin.once('end', () => resolve({ ...line, end: 'input' }));
      stdin.once('error', reject);
      stdin.resume();
    });
  } finally {
    stdin.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error').pause();
    if (hidden) {
      stdin.setRawMode(false);
      stdout.write('\n');
    }
  }
  if (line.end === 'interrupt') {
    process.kill(process.pid, 'SIGINT');
    // The signal is on its way.
    await new Promise(() => stdin.resume());
  }
  if (line.end === 'input' && line.text === '') throw new TsdockerError('usage', 'the input ended before the answer');
  return line.text;
}

export interface TypedLine {
  readonly text: string;
  /** Enter, the end of the input (Ctrl-D), or Ctrl-C. */
  readonly end?: 'enter' | 'input' | 'interrupt';
}

export const emptyLine: TypedLine = { text: '' };

/** The line after some more keys; what comes after its end is not taken. */
export function typed(line: TypedLine, keys: string): TypedLine {
  let { text } = line;
  for (const key of keys) {
    if (key === '\r' || key === '\n') return { text, end: 'enter' };
    if (key === '\x03') return { text, end: 'interrupt' };
    if (key === '\x04') return { text, end: 'input' };
    if (key === '\x7f' || key === '\b') text = [...text].slice(0, -1).join('');
    else if (key === '\x15') text = '';
    else text += key;
  }
  return { text };
}
