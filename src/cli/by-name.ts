// The order in which Docker's lists have names: numbers in them count as numbers, so that `web10` stands behind `web9`.

/** For sort(). */
export function byName(a: string, b: string): number {
  const [x, y] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.min(x.length, y.length); index += 1) {
    const order = compare(x[index]!, y[index]!);
    if (order !== 0) return order;
  }
  return x.length - y.length || (a < b ? -1 : Number(a > b));
}

const partsOf = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];

const isNumber = (part: string): boolean => /^\d/.test(part);

function compare(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x < y ? -1 : Number(x > y);
  }
  return a < b ? -1 : Number(a > b);
}
