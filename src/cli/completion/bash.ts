// The script for bash (bash(1), "Programmable Completion").
import type { CompletedFlag, Place } from './table.ts';

export function bashCompletion(places: readonly Place[]): string {
  return `${tableOf(places)}${rest}`;
}

/** Words of a list of which each begins and ends with a space, so that they can be found in it by a pattern. */
export const takesOf = (flags: readonly CompletedFlag[]): string =>
  flags.flatMap(({ words, value }) => (value === undefined ? [] : words.map((word) => `${word}=${value} `))).join('');

function tableOf(places: readonly Place[]): string {
  const cases = places.map(({ name, verbs, flags, operands, endsAtOperand }) => {
    const facts = [
      ['verbs', verbs.map((verb) => verb.name).join(' ')],
      ['flags', flags.flatMap(({ words }) => words).join(' ')],
      ['takes', flags.some(({ value }) => value !== undefined) ? ` ${takesOf(flags)}` : ''],
      ['operands', operands.join(' ')],
      ['ends', endsAtOperand ? 'yes' : ''],
    ] as const;
    return `    '${name}') ${facts.map(([key, value]) => `${key}='${value}'`).join(' ')} ;;\n`;
  });
  return `# What may follow the words of $1.
_tsdocker_table() {
  case $1 in
${cases.join('')}    *) verbs= flags= takes= operands=none ends= ;;
  esac
}
`;
}

const rest = `
# Proposes the lines of its input that begin with the word. They are never expanded.
_tsdocker_lines() {
  local line
  while IFS= read -r line; do
    [[ $line == "$word"* ]] && COMPREPLY+=("$line")
  done
}

_tsdocker_containers() { "$program" "\${before[@]}" ps -a --format '{{.Names}}' 2>/dev/null; }
_tsdocker_images() { "$program" "\${before[@]}" images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -v '<none>'; }
_tsdocker_networks() { "$program" "\${before[@]}" network ls --format '{{.Name}}' 2>/dev/null; }

_tsdocker_files() {
  compopt -o filenames 2>/dev/null
  _tsdocker_lines < <(compgen -f -- "$word")
}

_tsdocker_propose() {
  case $1 in
    container) _tsdocker_lines < <(_tsdocker_containers) ;;
    image) _tsdocker_lines < <(_tsdocker_images) ;;
    network) _tsdocker_lines < <(_tsdocker_networks) ;;
    object) _tsdocker_lines < <(_tsdocker_containers; _tsdocker_images) ;;
    copy)
      [[ $word == *:* ]] || { compopt -o nospace 2>/dev/null; _tsdocker_lines < <(_tsdocker_containers | sed 's/$/:/'); }
      _tsdocker_files
      ;;
    file) _tsdocker_files ;;
    words:*) _tsdocker_lines < <(tr , '\\n' <<<"\${1#words:}") ;;
  esac
}

_tsdocker() {
  # COMP_WORDS is split at colons, which names of images have.
  local line=\${COMP_LINE:0:COMP_POINT} program=\${COMP_WORDS[0]} word at= kind= count=0 i last
  local verbs flags takes operands ends
  local -a words before=()
  COMPREPLY=()
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  last=$((\${#words[@]} - 1))
  _tsdocker_table ''
  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
    case $word in
      --root=*) before=("$word") ;;
      -*)
        if [[ $takes == *" $word="* ]]; then
          kind=\${takes#*" $word="} kind=\${kind%% *}
          [[ $word == --root ]] && before=(--root "\${words[i + 1]}")
          i=$((i + 1))
        fi
        ;;
      *)
        if [[ -n $verbs ]]; then
          at="\${at:+$at }$word"
          _tsdocker_table "$at"
        else
          count=$((count + 1))
          [[ -n $ends ]] && break
        fi
        ;;
    esac
  done
  word=\${words[last]}
  if ((i > last)); then
    _tsdocker_propose "$kind"
  elif [[ -n $ends && $count -gt 0 ]]; then
    _tsdocker_files
  elif [[ $word == -* ]]; then
    _tsdocker_lines < <(tr ' ' '\\n' <<<"$flags")
  elif [[ -n $verbs ]]; then
    _tsdocker_lines < <(tr ' ' '\\n' <<<"$verbs")
  else
    local -a kinds=($operands)
    ((count < \${#kinds[@]})) || count=$((\${#kinds[@]} - 1))
    ((count >= 0)) && _tsdocker_propose "\${kinds[count]}"
  fi
  # bash replaces only what follows the last colon.
  if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*:}"}"}")
  fi
}
complete -F _tsdocker tsdocker
`;
