// A template, parsed once and rendered for each value.
import { evaluate } from './evaluate.ts';
import { parseTemplate } from './parser.ts';

export interface Template {
  /** Throws `usage` where the template asks of the value what it has not. 'heading' leaves headings as they are. */
  render(value: unknown, as?: 'row' | 'heading'): string;
}

/** Throws `usage` with the place of what does not parse. */
export function compileTemplate(source: string): Template {
  const tree = parseTemplate(source);
  return { render: (value, as = 'row') => evaluate(tree, value, as) };
}
