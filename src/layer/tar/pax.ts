// The records of a pax extended header (POSIX.1-2017 pax, "pax Extended Header"): `27 path=some/long/name\n`, where the
// number counts the whole record in bytes, and an empty value takes the record back. Values are byte strings: an attribute's value is binary.
import { TsdockerError } from '../../error.ts';

/** Throws `corrupt` for records that do not add up. */
export function parsePax(bytes: Uint8Array): Map<string, string> {
  const text = Buffer.from(bytes).toString('latin1');
  const records = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const length = Number(/^([1-9][0-9]{0,6}) /.exec(text.slice(at, at + 8))?.[1]);
    const record = text.slice(at, at + length);
    const equals = record.indexOf('=');
    if (!(length > 0) || record.length < length || !record.endsWith('\n') || equals < 0) {
      throw new TsdockerError('corrupt', 'a layer’s tar has a broken extended header');
    }
    const [key, value] = [record.slice(record.indexOf(' ') + 1, equals), record.slice(equals + 1, -1)];
    // GNU's sparse form 0.0 repeats two keys, whose order counts: it becomes the list that form 0.1 writes.
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      const before = records.get('GNU.sparse.map');
      records.set('GNU.sparse.map', before === undefined ? value : `${before},${value}`);
    } else if (value === '' && !key.startsWith('SCHILY.xattr.')) records.delete(key);
    else records.set(key, value);
    at += length;
  }
  return records;
}

/**
 * A time of a pax record in nanoseconds since the epoch: seconds, with a fraction where wanted, before 1970 negative.
 * Throws `corrupt`.
 */
export function parsePaxTime(text: string): bigint {
  const [, sign, seconds, fraction = ''] = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/.exec(text) ?? [];
  if (seconds === undefined) throw new TsdockerError('corrupt', `${JSON.stringify(text)} is not a time of a tar`);
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -nanoseconds : nanoseconds;
}
