// What stands inside an action: pipelines, commands, operands (Go's text/template, "Pipelines", "Variables", "Arguments").
import type { TsdockerError } from '../../error.ts';
import { formatError, type Place } from './error.ts';
import { isFunction } from './functions.ts';
import type { Word } from './lexer.ts';
import type { Command, Operand, Pipeline } from './tree.ts';

const keywords = ['if', 'with', 'range', 'else', 'end', 'define', 'block', 'template', 'break', 'continue'];

/** Parentheses inside parentheses; deeper is an attack on the stack. */
const deepest = 100;

export class PipelineReader {
  /** Names that are declared here; '' is `$`. */
  variables: string[] = [''];
  /** Where the last word stood. */
  place: Place = 0;
  private readonly words: Word[] = [];
  private readonly source: string;
  private depth = 0;
  private position = 0;

  constructor(source: string, words: Iterable<Word>) {
    this.source = source;
    this.words = [...words];
  }

  fail(what: string, place: Place = this.place): TsdockerError {
    return formatError(this.source, place, what);
  }

  next(): Word | undefined {
    const word = this.words[this.position++];
    this.place = word?.place ?? this.source.length;
    return word;
  }

  private peek(): Word {
    return this.words[this.position]!;
  }

  /** The word that decides what an action is, where it is one of those. */
  takeKeyword(): string | undefined {
    const word = this.peek();
    if (word.kind !== 'identifier' || !keywords.includes(word.text)) return undefined;
    this.next();
    return word.text;
  }

  /** The end of the action, which must come. */
  close(): void {
    const word = this.next();
    if (word?.kind !== 'close') throw this.fail(`${shown(word)} is too much`);
  }

  closeIfEnded(): boolean {
    if (this.peek().kind !== 'close') return false;
    this.next();
    return true;
  }

  /** The name of a template: a string. */
  readName(): string {
    const word = this.next();
    if (word?.kind !== 'literal' || typeof word.value !== 'string') throw this.fail('a name in quotes is missing');
    return word.value;
  }

  /** Up to `}}` or `)`, which is taken. `most` is how many variables may be declared. */
  readPipeline(end: 'close' | ')', most: 0 | 1 | 2): Pipeline {
    if (++this.depth > deepest) throw this.fail(`more than ${deepest} parentheses stand inside each other`);
    const { place } = this.peek();
    const { variables, assigns } = this.readDeclaration(most);
    const commands: Command[] = [];
    for (let isMore = true; isMore; ) {
      commands.push(this.readCommand());
      const word = this.next();
      isMore = word?.kind === 'sign' && word.text === '|';
      const isEnd = end === 'close' ? word?.kind === 'close' : word?.kind === 'sign' && word.text === ')';
      if (!isMore && !isEnd)
        throw this.fail(end === ')' ? 'a parenthesis is not closed' : `${shown(word)} is too much`);
    }
    this.checkStages(commands);
    // Declared only now: `{{$x := $x}}` speaks of the outer one.
    if (!assigns) this.variables.push(...variables);
    this.depth--;
    return { place, variables, assigns, commands };
  }

  private readDeclaration(most: 0 | 1 | 2): Pick<Pipeline, 'variables' | 'assigns'> {
    const [first, sign, second, secondSign] = this.words.slice(this.position);
    if (first?.kind !== 'variable' || sign?.kind !== 'sign') return { variables: [], assigns: false };
    const isPair = sign.text === ',' && second?.kind === 'variable';
    const equals = isPair ? secondSign : sign;
    if (equals?.kind !== 'sign' || (equals.text !== ':=' && equals.text !== '=')) {
      return { variables: [], assigns: false };
    }
    const variables = isPair ? [first.text, second.text] : [first.text];
    if (variables.length > most)
      throw this.fail('only as many variables as there are values can be declared', first.place);
    this.position += isPair ? 4 : 2;
    const assigns = equals.text === '=';
    for (const name of assigns ? variables : []) this.checkVariable(name, first.place);
    return { variables, assigns };
  }

  private checkVariable(name: string, place: Place): void {
    if (!this.variables.includes(name)) throw this.fail(`there is no variable $${name}`, place);
  }

  /** A value cannot take what a pipe brings it; only functions can, and fields that are methods (`.Label "x"`). */
  private checkStages(commands: readonly Command[]): void {
    for (const [
      index,
      {
        words: [first, ...rest],
        place,
      },
    ] of commands.entries()) {
      if (first.kind === 'nil') throw this.fail('nil is no command', place);
      if (first.kind === 'function' || first.kind === 'field') continue;
      if (index > 0) throw this.fail('what follows | must be a function', place);
      if (rest.length > 0) throw this.fail('only a function takes arguments', rest[0]!.place);
    }
  }

  private readCommand(): Command {
    const operands: Operand[] = [];
    for (let word = this.peek(); !isDelimiter(word); word = this.peek()) {
      if (operands.length > 0 && !word.spaced && !(word.kind === 'sign'))
        throw this.fail(`a space is missing before ${shown(word)}`, word.place);
      operands.push(this.readChain());
    }
    const [first, ...rest] = operands;
    if (first === undefined) throw this.fail('a value is missing', this.peek().place);
    return { place: first.place, words: [first, ...rest] };
  }

  /** An operand and the fields that follow it without a space: `$x.A.B`. */
  private readChain(): Operand {
    let operand = this.readOperand();
    for (let word = this.peek(); word.kind === 'field' && !word.spaced; word = this.peek()) {
      if (operand.kind === 'literal' || operand.kind === 'nil' || operand.kind === 'dot') {
        throw this.fail(`${shown(word)} follows what has no fields`, word.place);
      }
      this.next();
      operand = { kind: 'field', place: word.place, of: operand, name: word.text };
    }
    return operand;
  }

  private readOperand(): Operand {
    const word = this.next()!;
    const { place } = word;
    switch (word.kind) {
      case 'dot':
        return { kind: 'dot', place };
      case 'field':
        return { kind: 'field', place, of: { kind: 'dot', place }, name: word.text };
      case 'literal':
        return { kind: 'literal', place, value: word.value };
      case 'variable':
        this.checkVariable(word.text, place);
        return { kind: 'variable', place, name: word.text };
      case 'identifier':
        return this.named(word.text, place);
      default:
        if (word.kind === 'sign' && word.text === '(') {
          return { kind: 'pipeline', place, pipeline: this.readPipeline(')', 0) };
        }
        throw this.fail(`${shown(word)} is out of place`);
    }
  }

  private named(name: string, place: Place): Operand {
    if (name === 'nil') return { kind: 'nil', place };
    if (name === 'true' || name === 'false') return { kind: 'literal', place, value: name === 'true' };
    if (isFunction(name)) return { kind: 'function', place, name };
    throw this.fail(`there is no function ${name}`, place);
  }
}

const isDelimiter = (word: Word): boolean =>
  word.kind === 'close' || (word.kind === 'sign' && (word.text === '|' || word.text === ')'));

/** A word as an error names it. */
function shown(word: Word | undefined): string {
  switch (word?.kind) {
    case 'close':
      return '}}';
    case 'dot':
      return 'a dot';
    case 'literal':
      return JSON.stringify(word.value);
    case 'field':
      return `.${word.text}`;
    case 'variable':
      return `$${word.text}`;
    case 'identifier':
    case 'sign':
      return word.text;
    default:
      return 'the end';
  }
}
