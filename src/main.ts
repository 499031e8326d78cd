// From argv to an exit status: the one place where errors are printed, and the process ended.
import { debugging, printing, runCli } from './cli/main.ts';
import { exitStatusOf, TsdockerError } from './error.ts';

/** A message may quote a registry or an image: nothing in it may act on the terminal. */
const harmless = (text: string): string => text.replace(/\p{Cc}/gu, '?');

/** What a person is told of an error. */
function printError(error: unknown): void {
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
  } catch (error) {
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
