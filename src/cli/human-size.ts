// Sizes for people, as Docker writes them: decimal units, three digits (`1.23GB`, `56.7kB`, `0B`).
const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** @param digits How many digits count; Docker takes three in lists, four in sums. */
export function humanSize(bytes: number, digits = 3): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  // Go's %.3g: no trailing zeros, and no exponent for what 999.9 rounds to.
  return `${Number(value.toPrecision(digits))}${units[unit]}`;
}
