// tsdocker completion: a script that completes verbs and flags, made from the same tables as everything else.
import { TsdockerError } from '../error.ts';
import { type Command, flagsOf, type Verb } from './flags.ts';
import { verbs } from './verbs.ts';

const wordsOf = (verb: Verb): string =>
  flagsOf(verb)
    .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
    .join(' ');

/** A script for bash (bash(1), "Programmable Completion"). */
export function bashCompletion(all: readonly Verb[]): string {
  const cases = all.map((verb) => `    ${verb.name}) words="${wordsOf(verb)}" ;;`).join('\n');
  return `_tsdocker() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb=\${COMP_WORDS[1]} words
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "${all.map(({ name }) => name).join(' ')}" -- "$word"))
    return
  fi
  case $verb in
${cases}
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _tsdocker tsdocker
`;
}

export const command: Command = {
  verb: {
    name: 'completion',
    summary: 'Print a script for shell completion',
    operands: 'bash',
    least: 1,
    most: 1,
    flags: [],
    examples: ['tsdocker completion bash > /etc/bash_completion.d/tsdocker'],
  },
  async call({ operands: [shell] }) {
    if (shell !== 'bash')
      throw new TsdockerError('usage', `there is no completion for ${shell} yet`, { hint: 'bash is there' });
    const commands = await Promise.all(verbs.map((verb) => verb.load()));
    process.stdout.write(bashCompletion(commands.map(({ command: { verb } }) => verb)));
    return 0;
  },
};
