import { expect, test } from 'vitest';
import { asMap, type Listing, renderFormat, renderValues } from './format.ts';

const listing: Listing = {
  headers: { ID: 'IMAGE ID', Repository: 'REPOSITORY', Tag: 'TAG' },
  table: '{{.Repository}}\t{{.Tag}}\t{{.ID}}',
  raw: 'repository: {{.Repository}}\\ntag: {{.Tag}}\\n',
};
const rows = [
  { Repository: 'alpine', Tag: '3.22', ID: 'abc' },
  { Repository: 'example/longer', Tag: 'latest', ID: 'def' },
];

test.each([undefined, '', 'table'])('format %j gives the default table', (format) => {
  expect(renderFormat(rows, format, listing)).toBe(
    'REPOSITORY       TAG       IMAGE ID\nalpine           3.22      abc\nexample/longer   latest    def\n',
  );
});

test('a table of one’s own has headings, which functions leave alone, and what follows the last tab is not widened', () => {
  expect(renderFormat(rows, 'table {{upper .ID}}\\t{{.Tag | title}} {{len .Tag}}\\t|', listing)).toBe(
    'IMAGE ID   TAG 3      |\nABC        3.22 4     |\nDEF        Latest 6   |\n',
  );
  expect(renderFormat([], 'table {{.Tag}}', listing)).toBe('TAG\n');
});

test('a table names what it lacks even where there is no row', () => {
  expect(() => renderFormat([], 'table {{.Id}}', listing)).toThrow('no field Id, only ID, Repository, Tag');
});

test('json is one object a line, its keys in order', () => {
  expect(renderFormat(rows, 'json', listing)).toBe(
    '{"ID":"abc","Repository":"alpine","Tag":"3.22"}\n{"ID":"def","Repository":"example/longer","Tag":"latest"}\n',
  );
  expect(renderFormat(rows.slice(0, 1), '{{json .}}', listing)).toBe(
    '{"ID":"abc","Repository":"alpine","Tag":"3.22"}\n',
  );
  expect(renderFormat([], 'json', listing)).toBe('');
});

test('a template is a line for each row, with \\t and \\n written out', () => {
  expect(renderFormat(rows, ' {{.Repository}}:{{.Tag}}\\t{{.ID}}', listing)).toBe(
    'alpine:3.22\tabc\nexample/longer:latest\tdef\n',
  );
  expect(renderFormat([], '{{.Repository}}', listing)).toBe('');
});

test('raw is as the list says, or a template like any other', () => {
  expect(renderFormat(rows.slice(0, 1), 'raw', listing)).toBe('repository: alpine\ntag: 3.22\n\n');
  expect(renderFormat(rows.slice(0, 1), 'raw', { ...listing, raw: undefined } as never)).toBe('raw\n');
});

test('values by themselves keep their backslashes, and json has them whole', () => {
  expect(renderValues([{ A: 1 }, { A: 2 }], '{{.A}}\\t')).toBe('1\\t\n2\\t\n');
  expect(renderValues([{ A: asMap({ z: 1, b: [true, null] }) }], 'json')).toBe('{"A":{"b":[true,null],"z":1}}\n');
});

test('labels that are not there are nil, and looking one up gives nothing', () => {
  expect(renderValues([{ Labels: asMap(undefined) }], '{{.Labels}}|{{index .Labels "x"}}|{{json .Labels}}')).toBe(
    '<no value>||null\n',
  );
});

test('what an image says cannot act on the terminal, what the caller writes can', () => {
  const hostile = { Text: 'a\u001b[2Jb\u009bc\nd\te\u202ef' };
  expect(renderValues([hostile], '\u001b[1m{{.Text}}')).toBe('\u001b[1ma [2Jb c\nd\te f\n');
  expect(renderValues([hostile], '{{json .Text}}')).toBe('"a\\u001b[2Jb\\u009bc\\nd\\te\\u202ef"\n');
});
