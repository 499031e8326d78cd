// The script for fish (complete(1)): a line for each thing that may stand somewhere.
import type { Kind, Place } from './table.ts';

export const fishCompletion = (places: readonly Place[]): string => `${functions}\n${places.map(linesOf).join('')}`;

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Where the words are the place's: exactly these where verbs come next, and with others after them where not. */
const condition = ({ name, verbs }: Place): string =>
  quoted(`${verbs.length > 0 ? '__tsdocker_only' : '__tsdocker_in'}${name === '' ? '' : ` ${name}`}`);

function linesOf(place: Place): string {
  const start = `complete -c tsdocker -n ${condition(place)}`;
  const verbs = place.verbs.map(({ name, summary }) => `${start} -a ${name} -d ${quoted(summary)}\n`);
  const flags = place.flags.map(({ words, summary, value }) => {
    const names = words.map((word) => (word.startsWith('--') ? ` -l ${word.slice(2)}` : ` -s ${word.slice(1)}`));
    return `${start}${names.join('')}${value === undefined ? '' : ` -r${sourceOf(value)}`} -d ${quoted(summary)}\n`;
  });
  const operands = [...new Set(place.operands)].filter((kind) => kind !== 'none');
  return [...verbs, ...flags, ...operands.map((kind) => `${start}${sourceOf(kind)}\n`)].join('');
}

function sourceOf(kind: Kind): string {
  if (kind.startsWith('words:')) return ` -f -a ${quoted(kind.slice('words:'.length).replaceAll(',', ' '))}`;
  const sources: Readonly<Record<string, string>> = {
    container: " -f -a '(__tsdocker_containers)'",
    image: " -f -a '(__tsdocker_images)'",
    network: " -f -a '(__tsdocker_networks)'",
    object: " -f -a '(__tsdocker_containers; __tsdocker_images)'",
    copy: " -F -a '(__tsdocker_containers | string replace -r $ :)'",
    file: ' -F',
  };
  return sources[kind] ?? ' -f';
}

const functions = `# The words so far, without the command and the flags before its verb.
function __tsdocker_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]; and string match -q -- '-*' $words[1]
        test $words[1] = --root; and set -e words[1]
        set -e words[1]
    end
    set -q words[1]; and printf '%s\\n' $words
end

function __tsdocker_in
    set -l words (__tsdocker_words)
    test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
end

function __tsdocker_only
    set -l words (__tsdocker_words)
    test "$words" = "$argv"
end

# --root where the command has it.
function __tsdocker_root
    set -l words (commandline -opc)
    for i in (seq (count $words))
        string match -q -- '--root=*' $words[$i]; and printf '%s\\n' $words[$i]; and return
        test $words[$i] = --root; and printf '%s\\n' --root $words[(math $i + 1)]; and return
    end
end

function __tsdocker_containers
    set -l program (commandline -opc)[1]
    $program (__tsdocker_root) ps -a --format '{{.Names}}' 2>/dev/null
end

function __tsdocker_images
    set -l program (commandline -opc)[1]
    $program (__tsdocker_root) images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | string match -v '*<none>*'
end

function __tsdocker_networks
    set -l program (commandline -opc)[1]
    $program (__tsdocker_root) network ls --format '{{.Name}}' 2>/dev/null
end

complete -c tsdocker -f
`;
