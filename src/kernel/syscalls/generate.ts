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

/** A table as text: a number, then the names from that number on, one after the other. */
function formatTable(entries: readonly (readonly [string, number])[]): string {
  const sorted = [...entries].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  const lines: string[] = [];
  let expected = -1;
  for (const [name, number] of sorted) {
    if (number !== expected) lines.push(`${number}`);
    const last = lines.at(-1)!;
    if (last.length + name.length < 116) lines[lines.length - 1] = `${last} ${name}`;
    else lines.push(name);
    expected = number + 1;
  }
  return lines.join('\n');
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
      `// Written by generate.ts; the form is told in index.ts.\nexport const table = \`\n${formatTable(entries)}\`;\n`,
  );
}
