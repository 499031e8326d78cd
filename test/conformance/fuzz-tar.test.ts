// Whatever stands in an archive, the tar reader reads it to its end or says in our words why not: it neither crashes nor hangs,
// and gives a sink no more than it was given.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TsdockerError } from '../../src/error.ts';
import { createTarReader } from '../../src/layer/tar/reader.ts';

const formats = [
  ['--format=gnu', '--sparse'],
  ['--format=pax', '--sparse-version=0.0', '--sparse'],
  ['--format=pax', '--sparse-version=1.0', '--sparse'],
  ['--format=ustar'],
];
let folder: string;
const archives: Buffer[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-fuzz-tar-'));
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd/small'), 'some words');
  writeFileSync(join(folder, 'd/empty'), '');
  writeFileSync(join(folder, 'd/holes'), 'begins');
  truncateSync(join(folder, 'd/holes'), 200_000);
  symlinkSync('small', join(folder, 'd/link'));
  for (const words of formats) archives.push(execFileSync('tar', ['-c', ...words, '-C', folder, 'd']));
  writeFileSync(join(folder, 'd', 'n'.repeat(150)), 'of a long name');
  archives.push(execFileSync('tar', ['-c', '--format=gnu', '-C', folder, 'd']));
  archives.push(execFileSync('tar', ['-c', '--format=pax', '-C', folder, 'd']));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Puts the right checksum into the header at `at`, so that what else was changed there is read. */
function mend(tar: Buffer, at: number): void {
  const block = tar.subarray(at, at + 512);
  if (block.length < 512) return;
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

const change = fc.record({
  at: fc.nat(),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc
      .constantFrom('\xff'.repeat(12), `\x80${'\0'.repeat(10)}\x01`, '77777777777', '-1', '../../x', '\0')
      .map((text) => Buffer.from(text, 'latin1')),
  ),
  isMended: fc.boolean(),
});

test('a changed, cut or joined archive is read to its end, or refused in our words', () => {
  let refused = 0;
  let read = 0;
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(change, { maxLength: 6 }),
      fc.option(fc.nat(), { nil: undefined }),
      fc.integer({ min: 1, max: 5000 }),
      (which, changes, cut, piece) => {
        let tar = Buffer.from(archives[which % archives.length]!);
        for (const { at, bytes, isMended } of changes) {
          const place = at % tar.length;
          tar.set(bytes.subarray(0, tar.length - place), place);
          if (isMended) mend(tar, place - (place % 512));
        }
        if (cut !== undefined) tar = tar.subarray(0, cut % tar.length);
        let written = 0;
        let isOpen = false;
        const reader = createTarReader({
          begin() {
            expect(isOpen).toBe(false);
            isOpen = true;
          },
          write: (content) => {
            expect(isOpen).toBe(true);
            written += content.byteLength;
          },
          hole: (length) => expect(length).toBeGreaterThan(0),
          end() {
            isOpen = false;
          },
        });
        try {
          for (let at = 0; at < tar.length; at += piece) reader.write(tar.subarray(at, at + piece));
          reader.end();
          expect(isOpen).toBe(false);
          read++;
        } catch (error) {
          if (!(error instanceof TsdockerError)) throw error;
          refused++;
        }
        expect(written).toBeLessThanOrEqual(tar.length);
      },
    ),
    { numRuns: 50_000, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
  );
  expect(refused).toBeGreaterThan(0);
  expect(read).toBeGreaterThan(0);
}, 60_000);
