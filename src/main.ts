// From argv to an exit status: the one place where errors are printed, and the process ended.
import { debugging, printing, runCli } from './cli/main.ts';
import { exitStatusOf, TsdockerError } from './error.ts';

/** A message may quote a registry or an image: nothing in it may act on the terminal. */
const harmless = (text: string): string => text.replace(/\p{Cc}/gu, '?');

/** No defect of ours, wherever it is met: of node:fs by its name, of SQLite by its number (sqlite.org/rescode.html, FULL and IOERR). */
function saysFullDisk(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  // Where there is no room for the index of its log, SQLite speaks of an I/O error.
  return code === 'ENOSPC' || code === 'EDQUOT' || errcode === 13 || (Number(errcode) & 0xff) === 10;
}

/** Where undoing failed too (`using`), what failed first is what it is about. */
function firstFailure(error: unknown): unknown {
  let first = error;
  while (first instanceof SuppressedError) first = first.suppressed;
  return first;
}

/** What a person is told of an error. */
function printError(caught: unknown): void {
  const error = saysFullDisk(caught)
    ? new TsdockerError('kernel', `the disk is full, or broken: ${(caught as Error).message}`, {
        cause: caught,
        hint: 'make room: tsdocker system prune removes what is not in use',
      })
    : caught;
  const known = error instanceof TsdockerError;
  const message = known
    ? error.message
    : `a defect of tsdocker: ${error instanceof Error ? error.message : String(error)}`;
  const hint = known ? error.hint : 'please report it, with what --debug prints';
  process.stderr.write(`tsdocker: ${harmless(message)}\n${hint === undefined ? '' : `  hint: ${harmless(hint)}\n`}`);
  for (let cause = debugging.on ? error : undefined; cause instanceof Error; cause = cause.cause) {
    process.stderr.write(`${cause.stack}\n`);
  }
}

async function main(): Promise<number> {
  try {
    return await runCli(process.argv.slice(2), process.env);
  } catch (caught) {
    const error = firstFailure(caught);
    printError(error);
    return exitStatusOf[error instanceof TsdockerError ? error.code : 'internal'];
  }
}

main().then((status) => {
  process.exitCode = status;
  if (printing.isDone) process.exit(status);
  // A reader that has seen enough, `head` say, is no failure of ours.
  process.stdout.on('error', () => process.exit(0));
  // Where stdout is a pipe, what was written to it must be out before the end.
  process.stdout.write('', () => process.exit(status));
});
