// `npm run bench [-- SECTION…]`: tsdocker against the engines that are installed, in one run on one machine. Each section is
// a part of docs/benchmarks.md between two marks, with the machine and the day it was measured on; the others stay.
//   run | life | network | library | images [IMAGE…] | sharing | growth
// --rounds N for a first look, which is printed and not written.
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { growthSection } from './growth.ts';
import { librarySection } from './library.ts';
import { lifeSection } from './life.ts';
import { pulled } from './make-images.ts';
import { networkSection } from './networks.ts';
import { removeLeftCgroups } from './peers.ts';
import { pullSection } from './pulls.ts';
import { runSection } from './runs.ts';
import { sharingSection } from './sharing.ts';

const page = join(import.meta.dirname, '../../docs/benchmarks.md');

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } });
const rounds = (usual: number): number => (values.rounds === undefined ? usual : Number(values.rounds));
const images = positionals.filter((word) => pulled.some(({ name }) => name === word));

const sections: Readonly<Record<string, () => Promise<string>>> = {
  run: () => runSection(rounds(20)),
  life: () => lifeSection(rounds(15)),
  network: () => networkSection(rounds(15)),
  library: () => librarySection(rounds(5)),
  images: () => pullSection(rounds(3), images),
  sharing: () => sharingSection(20, rounds(3)),
  growth: () => growthSection(rounds(3)),
};

const head = `# Benchmarks

Measured by \`npm run bench\`: all engines in one run, taking turns; the peers are Debian's packages.
`;

const processor = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? arch();
const machine = `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${processor}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.versions.node}.`;

/** What the page has of a section: between two marks. */
const find = (text: string, name: string): string | undefined =>
  new RegExp(`<!-- ${name} -->\n([^]*?)\n<!-- end of ${name} -->`).exec(text)?.[1];

const named = positionals.filter((word) => !images.includes(word));
const unknown = named.find((name) => sections[name] === undefined);
if (unknown !== undefined) throw new Error(`there is no section ${unknown}: ${Object.keys(sections).join(', ')}`);
const wanted = new Set([...named, ...(images.length > 0 ? ['images'] : [])]);

const measured = new Map<string, string>();
for (const [name, make] of Object.entries(sections)) {
  if (wanted.size > 0 && !wanted.has(name)) continue;
  const text = `${(await make()).trimEnd()}\n\n${machine}`;
  console.log(`${text}\n`);
  measured.set(name, text);
}
removeLeftCgroups();
if (values.rounds === undefined && images.length === 0) {
  const before = readFileSync(page, 'utf8');
  const parts = Object.keys(sections).flatMap((name) => {
    const text = measured.get(name) ?? find(before, name);
    return text === undefined ? [] : [`<!-- ${name} -->\n${text}\n<!-- end of ${name} -->\n`];
  });
  writeFileSync(page, `${head}\n${parts.join('\n')}`);
}
