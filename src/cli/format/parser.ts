// A template into its tree (Go's text/template, "Actions"). Statements here; what they compute is read by pipelines.ts.
import { formatError } from './error.ts';
import { words } from './lexer.ts';
import { PipelineReader } from './pipelines.ts';
import type { Node, Nodes, Tree } from './tree.ts';

type End = 'end' | 'else' | 'source';

/** Statements inside statements; a template nested deeper is an attack on the stack. */
const deepest = 100;

/** Throws `usage`. */
export function parseTemplate(source: string): Tree {
  const parser = new Parser(source);
  const { nodes, end } = parser.readNodes();
  if (end !== 'source') throw parser.reader.fail(`{{${end}}} closes nothing`);
  return { source, main: nodes, named: parser.named };
}

class Parser {
  readonly named = new Map<string, Nodes>();
  readonly reader: PipelineReader;
  readonly source: string;
  private depth = 0;
  private loops = 0;

  constructor(source: string) {
    this.source = source;
    this.reader = new PipelineReader(source, words(source));
  }

  /** Up to {{end}}, {{else (which is left open)}} or the end of the source. */
  readNodes(): { nodes: Nodes; end: End } {
    if (++this.depth > deepest) throw this.reader.fail(`more than ${deepest} statements stand inside each other`);
    const nodes: Node[] = [];
    for (;;) {
      const word = this.reader.next();
      if (word === undefined) return this.ended(nodes, 'source');
      if (word.kind === 'text') {
        nodes.push({ kind: 'text', text: word.text });
        continue;
      }
      const keyword = this.reader.takeKeyword();
      if (keyword === 'end' || keyword === 'else') {
        if (keyword === 'end') this.reader.close();
        return this.ended(nodes, keyword);
      }
      const node = this.readStatement(keyword);
      if (node !== undefined) nodes.push(node);
    }
  }

  private ended(nodes: Nodes, end: End): { nodes: Nodes; end: End } {
    this.depth--;
    return { nodes, end };
  }

  private readStatement(keyword: string | undefined): Node | undefined {
    switch (keyword) {
      case 'if':
      case 'with':
      case 'range':
        return this.readBranches(keyword);
      case 'break':
      case 'continue':
        if (this.loops === 0) throw this.reader.fail(`{{${keyword}}} stands outside {{range}}`);
        this.reader.close();
        return { kind: keyword };
      case 'define':
        return this.readDefinition();
      case 'block':
      case 'template':
        return this.readTemplate(keyword);
      default: {
        const pipeline = this.reader.readPipeline('close', 1);
        return { kind: 'output', pipeline };
      }
    }
  }

  private readBranches(kind: 'if' | 'with' | 'range'): Node {
    const outside = this.reader.variables.length;
    const pipeline = this.reader.readPipeline('close', kind === 'range' ? 2 : 1);
    const inside = this.reader.variables.length;
    if (kind === 'range') this.loops++;
    const body = this.readNodes();
    if (kind === 'range') this.loops--;
    this.reader.variables.length = inside; // what the body declared is unknown to {{else}}
    const otherwise = body.end === 'else' ? this.readElse(kind) : this.closed(kind, body.end);
    this.reader.variables.length = outside;
    return { kind, pipeline, body: body.nodes, otherwise };
  }

  /** What follows `{{else`: its end, or for `if` and `with` the next condition, whose {{end}} is that of all. */
  private readElse(kind: 'if' | 'with' | 'range'): Nodes {
    const next = this.reader.takeKeyword();
    if (next !== undefined && (next !== kind || kind === 'range')) {
      throw this.reader.fail(`{{else ${next}}} does not belong to {{${kind}}}`);
    }
    if (next !== undefined) {
      if (++this.depth > deepest) throw this.reader.fail(`more than ${deepest} conditions follow each other`);
      const node = this.readBranches(kind);
      this.depth--;
      return [node];
    }
    this.reader.close();
    const { nodes, end } = this.readNodes();
    this.closed(kind, end);
    return nodes;
  }

  private closed(kind: string, end: End): Nodes {
    if (end === 'else') throw this.reader.fail(`{{${kind}}} has a second {{else}}`);
    if (end === 'source') throw formatError(this.source, this.source.length, `{{${kind}}} has no {{end}}`);
    return [];
  }

  private readDefinition(): undefined {
    if (this.depth > 1) throw this.reader.fail('{{define}} stands inside another statement');
    const name = this.reader.readName();
    this.reader.close();
    this.readBody('define', name);
  }

  private readTemplate(keyword: 'block' | 'template'): Node {
    const { place } = this.reader;
    const name = this.reader.readName();
    const pipeline = this.reader.closeIfEnded() ? undefined : this.reader.readPipeline('close', 1);
    if (keyword === 'block') {
      if (pipeline === undefined) throw this.reader.fail('{{block}} lacks its value');
      this.readBody('block', name);
    }
    return { kind: 'template', place, name, pipeline };
  }

  /** The body of a named template: it sees no variables but `$`, and no loop around it. */
  private readBody(keyword: string, name: string): void {
    const { variables } = this.reader;
    const { loops } = this;
    this.reader.variables = [''];
    this.loops = 0;
    const { nodes, end } = this.readNodes();
    this.closed(keyword, end);
    this.reader.variables = variables;
    this.loops = loops;
    this.named.set(name, nodes);
  }
}
