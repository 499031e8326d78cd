// The tree of a template, from parser.ts to evaluate.ts (Go's text/template/parse, "Node").
import type { Place } from './error.ts';

/** A value written down: an operand of a command. */
export type Operand =
  | { readonly kind: 'dot'; readonly place: Place }
  | { readonly kind: 'nil'; readonly place: Place }
  | { readonly kind: 'literal'; readonly place: Place; readonly value: string | number | boolean }
  | { readonly kind: 'variable'; readonly place: Place; readonly name: string }
  | { readonly kind: 'function'; readonly place: Place; readonly name: string }
  | { readonly kind: 'field'; readonly place: Place; readonly of: Operand; readonly name: string }
  | { readonly kind: 'pipeline'; readonly place: Place; readonly pipeline: Pipeline };

/** A value, or a function and its arguments. */
export interface Command {
  readonly place: Place;
  readonly words: readonly [Operand, ...Operand[]];
}

/** Commands, each given the value of the one before as its last argument; at the end, variables may take the value. */
export interface Pipeline {
  readonly place: Place;
  /** `$x`, or of a range `$i, $v`. */
  readonly variables: readonly string[];
  /** `=`, where the variables exist already, and not `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: Nodes;
      readonly otherwise: Nodes;
    }
  | { readonly kind: 'template'; readonly place: Place; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly kind: 'break' | 'continue' };

export type Nodes = readonly Node[];

export interface Tree {
  readonly source: string;
  readonly main: Nodes;
  /** What `define` and `block` named. */
  readonly named: ReadonlyMap<string, Nodes>;
}
