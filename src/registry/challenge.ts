// The WWW-Authenticate header (RFC 9110, 11.6.1): what a registry wants before it answers.

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const schemeAt = new RegExp(`^[\\s,]*(${token})(?=\\s|,|$)(?!\\s*=)`);
const parameterAt = new RegExp(`^[\\s,]*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`);
const token68At = /^\s+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/;
const longestHeader = 16_384;

/** The challenges of a header, in its order; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = header.slice(0, longestHeader);
  for (;;) {
    const scheme = schemeAt.exec(rest);
    if (scheme === null) return challenges;
    rest = rest.slice(scheme[0].length);
    const parameters: Record<string, string> = Object.create(null);
    for (let match = parameterAt.exec(rest); match !== null; match = parameterAt.exec(rest)) {
      // The first of two wins: a proxy that appends cannot replace what the registry said.
      const name = match[1]!.toLowerCase();
      parameters[name] ??= match[2]?.replace(/\\(.)/g, '$1') ?? match[3]!;
      rest = rest.slice(match[0].length);
    }
    if (Object.keys(parameters).length === 0) rest = rest.replace(token68At, '');
    challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters });
  }
}
