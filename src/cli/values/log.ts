// --log-driver and --log-opt: where the container's output is kept (Docker's "JSON File logging driver").
import type { LogOptions } from '../../spec/run-options.ts';
import { refuseValue } from './refuse.ts';

const decimal: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };

const drivers = 'there are json-file and none';
const options = 'there are max-size and max-file';

/** @param settings What --log-opt said, `name=value`; of two for the same name the last one counts. */
export function parseLog(driver: string, settings: readonly string[]): LogOptions {
  if (driver !== 'json-file' && driver !== 'none') refuseValue('log-driver', driver, 'is not known', drivers);
  if (driver === 'none' && settings.length > 0)
    refuseValue('log-opt', settings[0]!, 'is of no use with --log-driver none');
  let log: LogOptions = { driver, maxFile: 1 };
  for (const setting of settings) {
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(setting) ?? [];
    if (value === undefined || value === '')
      refuseValue('log-opt', setting, 'has no value', 'write it as max-size=10m');
    if (name === 'max-size') log = { ...log, maxSize: parseMaxSize(setting, value) };
    else if (name === 'max-file') log = { ...log, maxFile: parseMaxFile(setting, value) };
    else refuseValue('log-opt', setting, 'is not known', options);
  }
  return log;
}

/** Unlike Docker's other sizes, those of logs are decimal: `10m` is ten million bytes. */
function parseMaxSize(setting: string, text: string): number {
  const [, digits, letter = ''] = /^(\d+\.?\d*|\.\d+) ?(?:b|([kmgtp])(?:b)?)?$/i.exec(text) ?? [];
  const bytes = digits === undefined ? Number.NaN : Math.floor(Number(digits) * decimal[letter.toLowerCase()]!);
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  return refuseValue('log-opt', setting, 'is not a size', 'write it as max-size=10m');
}

function parseMaxFile(setting: string, text: string): number {
  const count = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= 1000
    ? count
    : refuseValue('log-opt', setting, 'is not a number of files from 1 to 1000');
}
