// Values made of fields, `key=value,key=value`, as --mount takes them.
import { refuseValue } from './refuse.ts';

export interface Fields {
  /** The value under the first of `names` that is there, which it takes away. A key alone has the value `true`. */
  take(...names: readonly string[]): string | undefined;
  takeSwitch(...names: readonly string[]): boolean;
  /** A key that was not taken. */
  left(): string | undefined;
}

/** One record of comma-separated values (RFC 4180): a field with a comma in it stands in quotation marks. */
function fieldsOf(flag: string, value: string): string[] {
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  const fields: string[] = [];
  for (let match = field.exec(value); match !== null; match = field.exec(value)) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === '') return fields;
  }
  return refuseValue(flag, value, 'has a quotation mark that is out of place');
}

export function separate(flag: string, value: string): Fields {
  const fields = new Map<string, string>();
  for (const field of fieldsOf(flag, value)) {
    const [, key, text = 'true'] = /^([^=]*)(?:=(.*))?$/s.exec(field)!;
    fields.set(key!.toLowerCase(), text);
  }
  const take: Fields['take'] = (...names) => {
    const name = names.find((each) => fields.has(each));
    const found = name === undefined ? undefined : fields.get(name);
    if (name !== undefined) fields.delete(name);
    return found;
  };
  const takeSwitch: Fields['takeSwitch'] = (...names) => {
    const text = take(...names);
    if (text === undefined || text === 'false' || text === '0') return false;
    if (text === 'true' || text === '1') return true;
    return refuseValue(flag, value, `has ${JSON.stringify(text)} for ${names[0]}, which is true or false`);
  };
  return { take, takeSwitch, left: () => fields.keys().next().value };
}
