// The one form in which a verb says what it takes. The table drives parsing, --help, completion and the reference page, so the
// four never disagree.
export interface Flag {
  /** Without dashes: `memory-swap`. */
  readonly name: string;
  readonly short?: string;
  /** A switch, one value, or a value each time it is given. */
  readonly kind: 'switch' | 'value' | 'list';
  /** What the value is, as --help shows it: `bytes`. */
  readonly value?: string;
  readonly summary: string;
  /** Another name of the flag `name`, not shown. */
  readonly aliasOf?: string;
  /** The value of a flag that was given without one (`--explain`). */
  readonly implied?: string;
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** What follows the flags: `IMAGE [COMMAND…]`. */
  readonly operands: string;
  /** How many operands there must and may be. */
  readonly least: number;
  readonly most: number;
  /** What follows the first operand is the container's, not ours. */
  readonly endsAtOperand?: boolean;
  readonly flags: readonly Flag[];
  readonly examples?: readonly string[];
}

/** A command line taken apart. */
export interface Parsed {
  /** Flags by their name: `true`/`false` of a switch, the last value, or all values. */
  readonly switches: ReadonlyMap<string, boolean>;
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** What a verb is called with: where its store is. */
export interface Context {
  readonly root: string;
}

export interface Command {
  readonly verb: Verb;
  /** What it prints it prints at once (say.ts), and nothing of it is in Node.js's streams when it is done: they need not be loaded. */
  readonly printsAtOnce?: boolean;
  /** Does it and returns the exit status. */
  call(parsed: Parsed, context: Context): Promise<number>;
}

const helpFlag: Flag = { name: 'help', kind: 'switch', summary: 'Print this and end' };

/** The flags of a verb and --help, which is -h as well where that is no flag of the verb's. */
export function flagsOf({ flags }: Verb): Flag[] {
  const taken = flags.some(({ short }) => short === 'h');
  return [...flags, taken ? helpFlag : { ...helpFlag, short: 'h' }];
}
