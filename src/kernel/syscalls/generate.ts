// Writes the tables of this folder. Its one argument is a CSV with a `#syscall (vX.Y…)` first line, a row a system call
// and a column an ABI, as libseccomp gathers it from the kernel's arch/*/syscall*.tbl (its file src/syscalls.csv).
// Run it again for a new kernel: `node src/kernel/syscalls/generate.ts syscalls.csv`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const tables: Record<string, { readonly column: string; readonly about: string }> = {
  'x86-64': { column: 'x86_64', about: 'x86_64, arch/x86/entry/syscalls/syscall_64.tbl' },
  i386: { column: 'x86', about: 'i386, arch/x86/entry/syscalls/syscall_32.tbl' },
  x32: { column: 'x32', about: 'x32, arch/x86/entry/syscalls/syscall_64.tbl, without bit 30 that marks an x32 call' },
  aarch64: { column: 'aarch64', about: 'aarch64, scripts/syscall.tbl' },
  arm: { column: 'arm', about: 'arm (EABI), arch/arm/tools/syscall.tbl, and the private calls from 0xf0001 on' },
};

/** A table as text: a line for each run of numbers without a gap, the first number and then the names. */
function formatTable(entries: readonly (readonly [string, number])[]): string {
  const sorted = [...entries].sort(([, a], [, b]) => a - b);
  let text = '';
  let column = 0;
  let expected = -1;
  for (const [name, number] of sorted) {
    if (number < expected) throw new Error(`${name} shares a number with another call`);
    const word = number === expected ? name : `${number} ${name}`;
    // A backslash joins lines that are broken for the reader only.
    const before = number !== expected ? '\n' : column + word.length > 116 ? ' \\\n' : ' ';
    column = before === ' ' ? column + 1 + word.length : word.length;
    text += before + word;
    expected = number + 1;
  }
  return text.slice(1);
}

const [header, ...rows] = readFileSync(process.argv[2]!, 'utf8').trim().split('\n');
const columns = header!.split(',');
const version = /v\d+\.\d+(?:\.\d+)?(?:-rc\d+)?/.exec(columns[0]!)![0];
const cells = rows.map((row) => row.split(','));
for (const [file, { column, about }] of Object.entries(tables)) {
  const at = columns.indexOf(column);
  const entries = cells.filter((row) => /^\d+$/.test(row[at]!)).map((row) => [row[0]!, Number(row[at])] as const);
  writeFileSync(
    join(import.meta.dirname, `${file}.ts`),
    `// System call numbers of Linux ${version} on ${about}.\n` +
      `// Written by generate.ts; the form is told in index.ts.\nexport const table = \`\\\n${formatTable(entries)}\`;\n`,
  );
}
