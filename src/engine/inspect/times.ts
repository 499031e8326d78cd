// Moments as Go writes them in JSON (time.Time, RFC 3339).

/** One that was never set. */
export const never = '0001-01-01T00:00:00Z';

/** @param milliseconds Since the epoch. Zeros at the end of a fraction are left out, as Go does. */
export const rfc3339 = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.?0*Z$/, 'Z');
