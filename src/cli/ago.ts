// Spans of time in words, as Docker says them: "3 minutes".
const units: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, 'year'],
  [30 * 86_400, 'month'],
  [7 * 86_400, 'week'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];

/** @param milliseconds A length of time. */
export function inWords(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return 'less than a second';
  for (const [size, name] of units) {
    // Docker speaks of weeks only from two on, and so of each unit.
    const count = Math.floor(seconds / size);
    if (count >= 2 || (count === 1 && (name === 'hour' || name === 'minute')))
      return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}
