// -e, --env-file, --label, --label-file: `KEY=VALUE` words and files of them.
import { refuseValue } from './refuse.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `KEY=VALUE`; a KEY alone takes the caller's value, and where the caller has none it takes the image's away. */
export function parseEnv(value: string, caller: Environment): string {
  if (value === '' || value.startsWith('=')) refuseValue('env', value, 'has no name');
  if (value.includes('\0')) refuseValue('env', value, 'has a NUL in it');
  if (value.includes('=')) return value;
  const inherited = caller[value];
  return inherited === undefined ? value : `${value}=${inherited}`;
}

/**
 * A file of such lines (docker run --env-file): empty lines and those that begin with # mean nothing; nothing is unquoted.
 * A KEY alone that the caller has not means nothing here.
 */
export function parseEnvFile(text: string, path: string, caller: Environment): string[] {
  return entriesOf('env-file', text, path).flatMap((line) => {
    const entry = parseEnv(line, caller);
    return entry.includes('=') ? [entry] : [];
  });
}

/** The same of labels (docker run --label-file). */
export const parseLabelFile = (text: string, path: string): string[] => entriesOf('label-file', text, path);

function entriesOf(flag: string, text: string, path: string): string[] {
  const entries = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/^[ \t]+/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of entries) {
    const name = line.split('=')[0]!;
    if (name === '') refuseValue(flag, path, `has the line ${JSON.stringify(line)}, which has no name`);
    if (/[ \t]/.test(name)) refuseValue(flag, path, `has the name ${JSON.stringify(name)}, which has a space in it`);
  }
  return entries;
}

/** Labels: a KEY alone has an empty value. */
export function parseLabels(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      const name = equals < 0 ? value : value.slice(0, equals);
      if (name === '') refuseValue('label', value, 'has no name');
      return [name, equals < 0 ? '' : value.slice(equals + 1)];
    }),
  );
}
