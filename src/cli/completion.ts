// tsdocker completion: a script that completes verbs, flags, and names of containers and images in a shell, made from the same tables
// as everything else.
import { TsdockerError } from '../error.ts';
import type { Place } from './completion/table.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'completion',
    summary: 'Print a script for shell completion',
    operands: 'bash|zsh|fish',
    least: 1,
    most: 1,
    flags: [],
    examples: [
      'tsdocker completion bash > /etc/bash_completion.d/tsdocker',
      'tsdocker completion zsh > /usr/local/share/zsh/site-functions/_tsdocker',
      'tsdocker completion fish > /etc/fish/completions/tsdocker.fish',
    ],
  },
  async call({ operands: [shell = ''] }) {
    const script = await scriptFor(shell);
    if (script === undefined) {
      throw new TsdockerError('usage', `there is no completion for ${shell}`, { hint: 'there are bash, zsh and fish' });
    }
    process.stdout.write(script(await places()));
    return 0;
  },
};

async function scriptFor(shell: string): Promise<((places: readonly Place[]) => string) | undefined> {
  if (shell === 'bash') return (await import('./completion/bash.ts')).bashCompletion;
  if (shell === 'zsh') return (await import('./completion/zsh.ts')).zshCompletion;
  return shell === 'fish' ? (await import('./completion/fish.ts')).fishCompletion : undefined;
}

/** All there is to complete. */
export async function places(): Promise<Place[]> {
  const [{ allVerbs }, { verbs }, { globalFlags }, { completionTable }] = await Promise.all([
    import('./all-verbs.ts'),
    import('./verbs.ts'),
    import('./main.ts'),
    import('./completion/table.ts'),
  ]);
  const summaries = new Map(verbs.map(({ name, summary }) => [name, summary]));
  return completionTable(
    (await allVerbs()).map(({ verb }) => verb),
    globalFlags,
    summaries,
  );
}
