// The one way to refuse the value of a flag: which flag, what was given, what would have done.
import { TsdockerError } from '../../error.ts';

export function refuseValue(flag: string, value: string, why: string, hint?: string): never {
  throw new TsdockerError(
    'usage',
    `the value ${JSON.stringify(value)} of --${flag} ${why}`,
    hint === undefined ? {} : { hint },
  );
}
