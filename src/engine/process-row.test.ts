import { expect, test } from 'vitest';
import { type Moment, type ProcessFacts, parseStat, processRow } from './process-row.ts';
import { parseUsers, readMoment, readProcess } from './process-table.ts';

const moment: Moment = {
  now: new Date(2026, 4, 20, 12, 30),
  uptime: 1_000_000,
  users: new Map([
    [0, 'root'],
    [33, 'www-data'],
    [100, 'systemd-network'],
  ]),
};
const facts: ProcessFacts = {
  pid: 42,
  ppid: 7,
  uid: 0,
  tty: 0,
  cpuTicks: 0,
  startTicks: 100 * (1_000_000 - 60),
  comm: 'sleep',
  args: ['sleep', '1000'],
};
const row = (changes: Partial<ProcessFacts>) => processRow({ ...facts, ...changes }, moment);

test('a process is a row as ps -ef has it', () => {
  expect(row({})).toEqual(['root', '42', '7', '0', '12:29', '?', '00:00:00', 'sleep 1000']);
});

test.each([
  [33, 'www-data'],
  [100, '100'],
  [1234, '1234'],
])('the user %d is %s', (uid, name) => expect(row({ uid })[0]).toBe(name));

test.each([
  [3000, 50, '00:00:30'],
  [999_999, 99, '02:46:39'],
  [100 * (86_400 + 3661), 99, '01-01:01:01'],
])('%d ticks in a minute are %d percent and %s', (cpuTicks, percent, time) => {
  expect(row({ cpuTicks })).toMatchObject({ 3: String(percent), 6: time });
});

test.each([
  [60, '12:29'],
  [86_400, 'May19'],
  [86_400 * 10, 'May10'],
  [86_400 * 365, '2025'],
])('one that was started %d seconds ago says so as %s', (age, text) => {
  expect(processRow({ ...facts, startTicks: 0 }, { ...moment, uptime: age })[4]).toBe(text);
});

test.each([
  [0x8803, 'pts/3'],
  [0x8900 + 5, 'pts/261'],
  [0x0401, 'tty1'],
  [0x0440, 'ttyS0'],
  [0x0501, 'console'],
  [0x1234, '?'],
])('the terminal %d is %s', (tty, name) => expect(row({ tty })[5]).toBe(name));

test('one without arguments has its name in brackets', () => {
  expect(row({ args: [] })[7]).toBe('[sleep]');
  expect(row({ args: [''] })[7]).toBe('[sleep]');
});

test('a name of brackets and spaces does not shift the fields after it', () => {
  const name = 'a) R 1 (b c) 7';
  const text = `42 (${name}) S 7 42 42 34816 42 4194560 100 0 0 0 30 12 0 0 20 0 1 0 555 1 2 3`;
  expect(parseStat(text)).toEqual({ pid: 42, comm: name, ppid: 7, tty: 34816, cpuTicks: 42, startTicks: 555 });
  expect(() => parseStat('42 (sh) S 7')).toThrow('field 7');
});

test('this process is found with its parent and its arguments', () => {
  expect(readProcess(process.pid)).toMatchObject({ pid: process.pid, ppid: process.ppid, uid: process.geteuid!() });
  expect(readProcess(process.pid)!.startTicks / 100).toBeLessThanOrEqual(readMoment().uptime);
  expect(readProcess(2 ** 22 + 1)).toBeUndefined();
});

test('users are read from passwd lines, and of two names of a number the first counts', () => {
  const users = parseUsers(
    'root:x:0:0::/root:/bin/sh\ntoor:x:0:0:::\n# a remark\nbad:x:y\n:x:5:5\nnobody:x:65534:1:::\n',
  );
  expect([...users].sort()).toEqual([
    [0, 'root'],
    [65534, 'nobody'],
  ]);
});
