import { expect, test } from 'vitest';
import { listByPs, parsePs } from './ps.ts';

const text = `  PID TTY      STAT   TIME COMMAND
    1 ?        Ss     0:01 /sbin/init
   22 pts/0    S      0:00 sleep  1000  a
  220 ?        S      0:00 sh -c  sleep 22
   33 ?        Z      0:00
`;

test('lines of the container’s processes stay, whatever others have in them', () => {
  expect(parsePs(text, new Set([22, 33, 4]))).toEqual({
    titles: ['PID', 'TTY', 'STAT', 'TIME', 'COMMAND'],
    processes: [
      ['22', 'pts/0', 'S', '0:00', 'sleep 1000 a'],
      ['33', '?', 'Z', '0:00', ''],
    ],
  });
});

test('threads belong to the process above them', () => {
  const threads = 'PID LWP CMD\n1 - init\n- 1 -\n22 - sleep\n- 22 -\n- 23 -\n30 - other\n- 30 -\n';
  expect(parsePs(threads, new Set([22])).processes).toEqual([
    ['22', '-', 'sleep'],
    ['-', '22', '-'],
    ['-', '23', '-'],
  ]);
});

test.each(['', 'TTY TIME CMD\n? 0 sh\n'])('an output without a PID column is refused', (output) => {
  expect(() => parsePs(output, new Set([1]))).toThrow('the ps options leave out the PID column');
});

test.each([
  ['-o', 'comm=PID,pid'],
  ['-o', 'pid,comm=PID'],
  ['-o', 'comm=X PID'],
  ['-o', 'comm=PID,args=X'],
  ['-ocomm=PID'],
  ['-o', 'pid,comm= PID'],
])('another column called PID is not allowed: %s %s', async (...options) => {
  await expect(listByPs(options, new Set())).rejects.toThrow(`the ps option ${options.at(-1)} is not allowed`);
});

test('the pid itself may be given its own title', async () => {
  const { titles, processes } = await listByPs(['-e', '-o', 'comm,pid=PID'], new Set([process.pid]));
  expect(titles).toEqual(['COMMAND', 'PID']);
  expect(processes).toEqual([[expect.any(String), String(process.pid)]]);
});

test('what ps does not know it refuses in its own words', async () => {
  await expect(listByPs(['--nonsense'], new Set())).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^ps refuses --nonsense: .*option/),
  });
});

test('it can be given up', async () => {
  const reason = new Error('enough');
  await expect(listByPs(['-e'], new Set(), AbortSignal.abort(reason))).rejects.toBe(reason);
});
