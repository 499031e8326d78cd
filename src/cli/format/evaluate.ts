// Renders the tree of a template for one value (Go's text/template, "Actions"). A template can neither run for ever nor fill the
// memory: its steps, its depth and the length of its texts are limited.
import type { TsdockerError } from '../../error.ts';
import { formatError, type Place } from './error.ts';
import { callFunction, shortCircuits } from './functions.ts';
import { printOutput } from './print.ts';
import type { Command, Node, Nodes, Operand, Pipeline, Tree } from './tree.ts';
import { entriesOf, isNil, isObject, isTrue, typeOf } from './value.ts';

const limits = { steps: 1_000_000, depth: 100, characters: 64 * 2 ** 20 } as const;

/** `heading` renders headings in place of values: functions that change a text leave them as they are. Throws `usage`. */
export function evaluate(tree: Tree, value: unknown, as: 'row' | 'heading'): string {
  const evaluation = new Evaluation(tree, as === 'heading');
  evaluation.render(tree.main, value);
  return evaluation.text;
}

type Jump = 'break' | 'continue' | undefined;

class Evaluation {
  text = '';
  private readonly tree: Tree;
  private readonly isHeading: boolean;
  private variables: { readonly name: string; value: unknown }[] = [];
  private steps = 0;
  private depth = 0;

  constructor(tree: Tree, isHeading: boolean) {
    this.tree = tree;
    this.isHeading = isHeading;
  }

  /** A template sees the variables of nobody else; `$` is what it was given. */
  render(nodes: Nodes, value: unknown): void {
    const { variables } = this;
    this.variables = [{ name: '', value }];
    this.walk(nodes, value);
    this.variables = variables;
  }

  private fail(place: Place, what: string): TsdockerError {
    return formatError(this.tree.source, place, what);
  }

  private walk(nodes: Nodes, dot: unknown): Jump {
    for (const node of nodes) {
      const jump = this.step(node, dot);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  private step(node: Node, dot: unknown): Jump {
    this.countStep();
    switch (node.kind) {
      case 'text':
        this.write(node.text);
        return undefined;
      case 'output': {
        const value = this.pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.write(printOutput(value));
        return undefined;
      }
      case 'template':
        this.template(node, dot);
        return undefined;
      case 'break':
      case 'continue':
        return node.kind;
      default: {
        const outside = this.variables.length;
        const jump = node.kind === 'range' ? this.range(node, dot) : this.condition(node, dot);
        this.variables.length = outside;
        return jump;
      }
    }
  }

  private countStep(): void {
    if (++this.steps > limits.steps) throw this.fail(0, `it takes more than ${limits.steps} steps`);
  }

  private write(text: string): void {
    this.text += text;
    if (this.text.length > limits.characters) throw this.fail(0, 'its text becomes too long');
  }

  private template({ name, place, pipeline }: Node & { kind: 'template' }, dot: unknown): void {
    const nodes = this.tree.named.get(name);
    if (nodes === undefined) throw this.fail(place, `there is no template ${JSON.stringify(name)}`);
    const value = pipeline && this.pipeline(pipeline, dot);
    if (++this.depth > limits.depth) throw this.fail(place, `more than ${limits.depth} templates call each other`);
    this.render(nodes, value);
    this.depth--;
  }

  private condition({ kind, pipeline, body, otherwise }: Node & { kind: 'if' | 'with' | 'range' }, dot: unknown): Jump {
    const value = this.pipeline(pipeline, dot);
    if (isTrue(value)) return this.walk(body, kind === 'with' ? value : dot);
    return this.walk(otherwise, dot);
  }

  private range({ pipeline, body, otherwise }: Node & { kind: 'if' | 'with' | 'range' }, dot: unknown): Jump {
    const value = this.pipeline({ ...pipeline, variables: [] }, dot);
    let isEmpty = true;
    for (const [key, item] of this.items(value, pipeline.place)) {
      isEmpty = false;
      this.countStep();
      const outside = this.variables.length;
      const values = pipeline.variables.length === 1 ? [item] : [key, item];
      for (const [index, name] of pipeline.variables.entries()) this.set(name, values[index], pipeline.assigns);
      const jump = this.walk(body, item);
      this.variables.length = outside;
      if (jump === 'break') break;
    }
    return isEmpty ? this.walk(otherwise, dot) : undefined;
  }

  private items(value: unknown, place: Place): Iterable<readonly [unknown, unknown]> {
    if (isNil(value)) return [];
    if (Array.isArray(value)) return value.entries();
    if (typeof value === 'number') return count(value);
    const entries = entriesOf(value) ?? (this.isHeading ? [['', value] as const] : undefined);
    if (entries === undefined) throw this.fail(place, `range cannot go through ${article(typeOf(value))}`);
    return entries;
  }

  private set(name: string, value: unknown, assigns: boolean): void {
    if (!assigns) this.variables.push({ name, value });
    else this.variables.findLast((variable) => variable.name === name)!.value = value;
  }

  private pipeline({ commands, variables, assigns }: Pipeline, dot: unknown): unknown {
    let given: unknown[] = [];
    for (const command of commands) given = [this.command(command, dot, given)];
    const [value] = given;
    for (const name of variables) this.set(name, value, assigns);
    return value;
  }

  /** @param given What the command before it brings, if there is one. */
  private command({ words: [first, ...rest] }: Command, dot: unknown, given: readonly unknown[]): unknown {
    this.countStep();
    if (first.kind === 'function') return this.function(first.name, first.place, rest, dot, given);
    const value = this.operand(first, dot);
    if (typeof value === 'function') return value(...rest.map((word) => this.operand(word, dot)), ...given);
    if (rest.length === 0 && given.length === 0) return value;
    if (this.isHeading && first.kind === 'field') return headingOfMethod(this.operand(rest[0] ?? first, dot));
    throw this.fail(first.place, `${shown(first)} takes no arguments`);
  }

  private function(
    name: string,
    place: Place,
    words: readonly Operand[],
    dot: unknown,
    given: readonly unknown[],
  ): unknown {
    const values: unknown[] = [];
    for (const word of words) {
      const value = this.operand(word, dot);
      if (shortCircuits(name, value)) return value;
      values.push(value);
    }
    const all = [...values, ...given];
    const result = callFunction(name, all, this.isHeading, (what) => this.fail(place, what));
    if (typeof result === 'string' && result.length > limits.characters)
      throw this.fail(place, 'a text becomes too long');
    return result;
  }

  private operand(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'literal':
        return operand.value;
      case 'variable':
        return this.variables.findLast(({ name }) => name === operand.name)?.value;
      case 'function':
        return this.function(operand.name, operand.place, [], dot, []);
      case 'pipeline':
        return this.pipeline(operand.pipeline, dot);
      case 'field':
        return this.field(operand, this.operand(operand.of, dot));
    }
  }

  private field({ name, of, place }: Operand & { kind: 'field' }, value: unknown): unknown {
    if (value instanceof Map) return value.get(name);
    const inside = of.kind === 'dot' ? '' : ` in ${shown(of)}`;
    if (!isObject(value))
      throw this.fail(place, `there is no field ${name}${inside || ' here'}, which is ${article(typeOf(value))}`);
    // Only what the object itself has: `constructor` is no field.
    if (Object.hasOwn(value, name)) return value[name];
    const names = Object.keys(value);
    throw this.fail(
      place,
      `there is no field ${name}${inside}, ${names.length === 0 ? 'nor any other' : `only ${names.join(', ')}`}`,
    );
  }
}

function* count(end: number): Generator<readonly [number, number]> {
  for (let index = 0; index < end; index++) yield [index, index];
}

/** Docker's heading of `.Label "com.example.tier"`: tier. */
const headingOfMethod = (argument: unknown): string => String(argument).split('.').at(-1)!.replace(/[-_]/g, ' ');

/** An operand as it was written, near enough. */
function shown(operand: Operand): string {
  if (operand.kind === 'field') return `${operand.of.kind === 'dot' ? '' : shown(operand.of)}.${operand.name}`;
  if (operand.kind === 'variable') return `$${operand.name}`;
  if (operand.kind === 'dot') return '.';
  return operand.kind === 'pipeline' ? '(…)' : 'this value';
}

const article = (type: string): string => (type === 'nil' ? 'nil' : `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`);
