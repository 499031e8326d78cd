// A launch that fails while its network is being connected: what is said is why it failed, and not what came of it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeStore } from '../support/tsdocker.ts';

test('the cause is named each time, with ports to publish and without', () => {
  const closed = mkdtempSync(join(tmpdir(), 'tsdocker-closed-')); // mode 0700: no mapped user comes by
  try {
    const root = join(closed, 'store');
    mkdirSync(root);
    using store = makeStore(root);
    const mapped = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
    const complaints = Array.from({ length: 8 }, (_, index) => {
      const ports = index % 2 === 0 ? ['-p', '8080-8180:8080-8180'] : [];
      const ended = store.tsdocker(
        'run',
        '--name',
        `failing${index}`,
        ...mapped,
        ...ports,
        'localhost/busybox',
        'true',
      );
      return [ended.status, ended.stderr.split('\n')[0]];
    });
    expect(complaints).toEqual(
      complaints.map((_, index) => [
        125,
        `tsdocker: cannot start failing${index}: attaching the root failed: EACCES (permission denied)`,
      ]),
    );
    expect(store.tsdocker('ps', '-aq').stdout).toBe('');
  } finally {
    rmSync(closed, { recursive: true, force: true });
  }
});
