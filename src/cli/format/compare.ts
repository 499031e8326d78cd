// eq, ne, lt, le, gt, ge: Go's text/template compares numbers, texts and booleans, each with their like.
import type { TsdockerError } from '../../error.ts';
import { isNil, typeOf } from './value.ts';

type Fail = (what: string) => TsdockerError;

/** Whether the first is any of the others. */
export const isAnyOf = ([first, ...others]: readonly unknown[], fail: Fail): boolean =>
  others.some((other) => areEqual(first, other, fail));

export function areEqual(first: unknown, second: unknown, fail: Fail): boolean {
  if (isNil(first) || isNil(second)) return isNil(first) && isNil(second);
  checkKinds(first, second, fail);
  return first === second;
}

export function isLess(first: unknown, second: unknown, fail: Fail): boolean {
  checkKinds(first, second, fail);
  if (typeof first === 'number') return first < (second as number);
  if (typeof first === 'string') return Buffer.compare(Buffer.from(first), Buffer.from(second as string)) < 0;
  throw fail(`values of type ${typeOf(first)} have no order`);
}

function checkKinds(first: unknown, second: unknown, fail: Fail): void {
  if (typeof first !== typeof second || typeof first === 'object') {
    throw fail(`${typeOf(first)} and ${typeOf(second)} cannot be compared`);
  }
}
