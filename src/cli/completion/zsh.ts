// The script for zsh (zshcompsys(1)): it can be sourced, and put into a folder of $fpath as _tsdocker.
import { takesOf } from './bash.ts';
import type { Place } from './table.ts';

export function zshCompletion(places: readonly Place[]): string {
  return `#compdef tsdocker\n\n${tableOf(places)}${rest}`;
}

/** A word and what it does, as _describe takes the two. */
const described = (word: string, summary: string): string =>
  `'${`${word}:${summary.replaceAll('\\', '\\\\').replaceAll(':', '\\:')}`.replaceAll("'", "'\\''")}'`;

function tableOf(places: readonly Place[]): string {
  const cases = places.map(({ name, verbs, flags, operands, endsAtOperand }) => {
    const lists = [
      ['verbs', verbs.map((verb) => described(verb.name, verb.summary))],
      ['flags', flags.flatMap(({ words, summary }) => words.map((word) => described(word, summary)))],
      ['operands', operands.map((kind) => `'${kind}'`)],
    ] as const;
    const text = lists.map(([key, items]) => `      ${key}=(${items.join(' ')})\n`).join('');
    return `    '${name}')\n${text}      takes=' ${takesOf(flags)}' ends='${endsAtOperand ? 'yes' : ''}' ;;\n`;
  });
  return `# What may follow the words of $1.
_tsdocker_table() {
  case $1 in
${cases.join('')}    *) verbs=() flags=() operands=(none) takes= ends= ;;
  esac
}
`;
}

const rest = `
_tsdocker_containers() { print -rl -- \${(f)"$($program $before ps -a --format '{{.Names}}' 2>/dev/null)"} }
_tsdocker_images() { print -rl -- \${(f)"$($program $before images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -v '<none>')"} }
_tsdocker_networks() { print -rl -- \${(f)"$($program $before network ls --format '{{.Name}}' 2>/dev/null)"} }

_tsdocker_propose() {
  case $1 in
    container) compadd -- \${(f)"$(_tsdocker_containers)"} ;;
    image) compadd -- \${(f)"$(_tsdocker_images)"} ;;
    network) compadd -- \${(f)"$(_tsdocker_networks)"} ;;
    object) compadd -- \${(f)"$(_tsdocker_containers; _tsdocker_images)"} ;;
    copy)
      compadd -S : -- \${(f)"$(_tsdocker_containers)"}
      _files
      ;;
    file) _files ;;
    words:*) compadd -- \${(s:,:)\${1#words:}} ;;
  esac
}

_tsdocker() {
  local program=\${(Q)words[1]} word= at= kind= takes= ends=
  local -i i=2 count=0
  local -a verbs flags operands before
  _tsdocker_table ''
  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    case $word in
      --root=*) before=($word) ;;
      -*)
        if [[ $takes == *" $word="* ]]; then
          kind=\${takes#*" $word="} kind=\${kind%% *}
          [[ $word == --root ]] && before=(--root \${(Q)words[i + 1]})
          i=$((i + 1))
        fi
        ;;
      *)
        if (( $#verbs )); then
          at="\${at:+$at }$word"
          _tsdocker_table $at
        else
          count=$((count + 1))
          [[ -n $ends ]] && break
        fi
        ;;
    esac
  done
  if ((i > CURRENT)); then
    _tsdocker_propose $kind
  elif [[ -n $ends && $count -gt 0 ]]; then
    _files
  elif [[ $words[CURRENT] == -* ]]; then
    _describe flag flags
  elif (( $#verbs )); then
    _describe verb verbs
  else
    ((count < $#operands)) || count=$(($#operands - 1))
    ((count >= 0)) && _tsdocker_propose $operands[count+1]
  fi
}

if [[ $funcstack[1] == _tsdocker ]]; then
  _tsdocker "$@"
else
  compdef _tsdocker tsdocker
fi
`;
