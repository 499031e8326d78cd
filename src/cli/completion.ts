// tsdocker completion: a script that completes verbs and flags, made from the same tables as everything else.
import { TsdockerError } from '../error.ts';
import { type Command, flagsOf, type Verb } from './flags.ts';

const wordsOf = (verb: Verb): string =>
  flagsOf(verb)
    .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
    .join(' ');

/** A script for bash (bash(1), "Programmable Completion"). Verbs of a group have its name before theirs. */
export function bashCompletion(all: readonly Verb[]): string {
  const groups = new Map<string, string[]>();
  const first = new Set<string>();
  for (const { name } of all) {
    const [group = '', verb] = name.split(' ');
    first.add(group);
    if (verb !== undefined) groups.set(group, [...(groups.get(group) ?? []), verb]);
  }
  const groupCases = [...groups].map(([name, names]) => `    ${name}) group="${names.join(' ')}" ;;`).join('\n');
  const cases = all.map((verb) => `    '${verb.name}') words="${wordsOf(verb)}" ;;`).join('\n');
  return `_tsdocker() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb=\${COMP_WORDS[1]} words group=
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "${[...first].join(' ')}" -- "$word"))
    return
  fi
  case $verb in
${groupCases === '' ? '    *) ;;' : groupCases}
  esac
  if [ -n "$group" ]; then
    if [ "$COMP_CWORD" = 2 ]; then
      COMPREPLY=($(compgen -W "$group" -- "$word"))
      return
    fi
    verb="$verb \${COMP_WORDS[2]}"
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
    const { allVerbs } = await import('./all-verbs.ts');
    process.stdout.write(bashCompletion((await allVerbs()).map(({ verb }) => verb)));
    return 0;
  },
};
