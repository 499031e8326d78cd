// A launch program: the list of system calls that makes a container, as a value (design, 2.1). The files beside this one
// compile parts of an OCI spec into steps; encode.ts turns them into bytes for native/interpreter.c, explain.ts into text.
import type { Field } from '../kernel/memory.ts';

/** Memory that a call reads or fills. The same object in two arguments is the same place in the program's data block. */
export interface Memory {
  readonly kind: 'memory';
  /** Plain fields, strings and pointers to other memory, laid out one after the other. */
  readonly parts: readonly (Field | Memory | string | Uint8Array)[];
  /** How a person would write it. */
  readonly text: string;
}

/** A number with the name that people know it by: a flag word, a constant. */
export interface Named {
  readonly kind: 'named';
  readonly value: number | bigint;
  readonly text: string;
}

/** What an earlier step returned: a descriptor, mostly. */
export interface Result {
  readonly kind: 'result';
  readonly step: number;
  readonly name: string;
}

/** A string stands for a NUL-terminated one. */
export type Argument = number | bigint | string | Named | Memory | Result;

export interface Step {
  readonly number: number;
  /** The mechanism it belongs to: the heading under which it is explained. */
  readonly group: string;
  /** The system call's name, or `wait`: report, and read the next phase. */
  readonly call: string;
  readonly args: readonly Argument[];
  /** What it is for, in words that complete both "…" and "… failed": `mounting proc on /proc`. */
  readonly why: string;
  /** Errnos by name that are no failure. A step that uses the result of such a one is skipped. */
  readonly accepted: readonly string[];
  /** Tried again, a bounded number of times, after EINTR, EAGAIN and EBUSY. */
  readonly retry: boolean;
  /** Where in the data block the result also goes. */
  readonly store: { readonly memory: Memory; readonly at: number } | undefined;
  /** A clone: the child goes on with the next step. */
  readonly branch: boolean;
  /** The name under which its result is referred to. */
  readonly as: string | undefined;
}

/** The steps of one phase; numbers go on through the phases of a program. */
export interface Phase {
  readonly steps: readonly Step[];
}

export interface StepOptions {
  readonly as?: string;
  readonly accepted?: readonly string[];
  readonly retry?: boolean;
  readonly store?: { readonly memory: Memory; readonly at: number };
  readonly branch?: boolean;
}

/** Collects the steps of a phase. */
export class ProgramBuilder {
  readonly #steps: Step[] = [];
  readonly #first: number;
  #group = '';

  /** @param first The number of the first step: where the phase before ended. */
  constructor(first = 0) {
    this.#first = first;
  }

  /** The steps that follow belong to this mechanism. */
  group(name: string): void {
    this.#group = name;
  }

  /** Adds a system call. */
  call(why: string, call: string, args: readonly Argument[], options: StepOptions = {}): Result {
    const number = this.#first + this.#steps.length;
    this.#steps.push({
      number,
      group: this.#group,
      call,
      args,
      why,
      accepted: options.accepted ?? [],
      retry: options.retry ?? false,
      store: options.store,
      branch: options.branch ?? false,
      as: options.as,
    });
    return { kind: 'result', step: number, name: options.as ?? `#${number}` };
  }

  /** Ends the phase: the interpreter reports that it waits, and reads the next one. */
  wait(why: string): Phase {
    this.call(why, 'wait', []);
    return this.end();
  }

  /** Ends the program. */
  end(): Phase {
    return { steps: this.#steps };
  }
}

/** A constant by its name. */
export const named = (text: string, value: number | bigint): Named => ({ kind: 'named', text, value });

/** Flags joined by `|`, from `[name, value]` pairs; no pair is a plain 0. */
export function flags(...pairs: readonly (readonly [string, number | bigint])[]): Named {
  const value = pairs.reduce((sum, [, bit]) => sum | BigInt(bit), 0n);
  return named(pairs.map(([name]) => name).join('|') || '0', value);
}

/** Memory made of fields, with the text that explains it. */
export const memory = (text: string, ...parts: Memory['parts']): Memory => ({ kind: 'memory', parts, text });

/** A NULL-terminated array of strings: argv, envp. */
export function strings(list: readonly string[]): Memory {
  const pointers = list.map((text) => memory(JSON.stringify(text), text));
  return memory(`[${list.map((text) => JSON.stringify(text)).join(', ')}]`, ...pointers, [8, 0]);
}
