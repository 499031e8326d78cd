import { expect, test } from 'vitest';
import { renderTable } from './table.ts';

test('columns are as wide as their widest cell, and no line ends in spaces', () => {
  expect(
    renderTable([
      ['NAME', 'STATUS'],
      ['a-long-name', ''],
      ['b', 'up'],
    ]),
  ).toBe('NAME          STATUS\na-long-name\nb             up\n');
});

test('a table without rows is empty', () => {
  expect(renderTable([])).toBe('');
});
