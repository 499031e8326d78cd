import { expect, test } from 'vitest';
import { type DeviceAccess, runDeviceProgram, unreachable } from '../../test/support/ebpf.ts';
import { allDeviceRules, defaultDeviceRules, deviceRule } from '../spec/default-devices.ts';
import type { DeviceRule } from '../spec/types.ts';
import { compileDevices } from './devices.ts';

const asked = (text: string): DeviceAccess => {
  const [type, numbers, access] = text.split(' ') as ['b' | 'c', string, string];
  const [major, minor] = numbers.split(':').map(Number);
  return { type, major: major!, minor: minor!, access };
};
const allows = (rules: readonly DeviceRule[], text: string) => runDeviceProgram(compileDevices(rules), asked(text));

test.each([
  ['c 1:3 rw', true], // null
  ['c 1:5 r', true], // zero
  ['c 1:7 w', true], // full
  ['c 1:8 r', true], // random
  ['c 1:9 r', true], // urandom
  ['c 5:0 rw', true], // tty
  ['c 5:1 rw', true], // console
  ['c 5:2 rw', true], // ptmx
  ['c 136:0 rw', true], // pts
  ['c 136:4095 rwm', true],
  ['c 10:200 rw', true], // net/tun
  ['c 10:229 r', false], // fuse
  ['c 1:1 r', false], // mem
  ['c 1:4 r', false], // port
  ['b 1:3 r', false],
  ['b 8:0 r', false], // a disk
  ['b 8:0 m', true],
  ['b 8:0 rm', false],
  ['c 4:64 m', true],
  ['c 4:64 w', false],
  ['c 137:0 r', false],
])('by default %s is %o', (text, expected) => {
  expect(allows(defaultDeviceRules, text)).toBe(expected);
});

test('a privileged container reaches every device', () => {
  for (const text of ['b 8:0 rw', 'c 1:1 rwm', 'c 4095:1048575 r']) expect(allows(allDeviceRules, text)).toBe(true);
  expect(compileDevices(allDeviceRules).byteLength / 8).toBeLessThan(10);
});

test('a device that is given is reached as far as it is given', () => {
  const fuse = { type: 'c', path: '/dev/fuse', major: 10, minor: 229 } as const;
  const rules = [...defaultDeviceRules, deviceRule(fuse, 'r')];
  expect(allows(rules, 'c 10:229 r')).toBe(true);
  expect(allows(rules, 'c 10:229 rw')).toBe(false);
});

const disk = { type: 'b', major: 8, minor: 0 } as const;
test.each<[string, DeviceRule[], string, boolean]>([
  ['no rule denies', [], 'c 1:3 r', false],
  ['a later rule outdoes an earlier', [{ allow: true }, { ...disk, allow: false }], 'b 8:0 r', false],
  ['and leaves others alone', [{ allow: true }, { ...disk, allow: false }], 'b 8:1 r', true],
  ['a later rule for all outdoes all', [{ ...disk, allow: true }, { allow: false }], 'b 8:0 r', false],
  ['reading denied, writing is free', [{ allow: true }, { ...disk, allow: false, access: 'r' }], 'b 8:0 w', true],
  ['reading denied denies both', [{ allow: true }, { ...disk, allow: false, access: 'r' }], 'b 8:0 rw', false],
  [
    'two rules together allow both',
    [
      { ...disk, allow: true, access: 'r' },
      { ...disk, allow: true, access: 'w' },
    ],
    'b 8:0 rw',
    true,
  ],
  ['one of them is not enough', [{ ...disk, allow: true, access: 'r' }], 'b 8:0 rw', false],
  [
    'allowed again after it was denied',
    [{ allow: true }, { ...disk, allow: false }, { ...disk, allow: true, access: 'r' }],
    'b 8:0 r',
    true,
  ],
  ['only the major is named', [{ allow: true, type: 'b', major: 8 }], 'b 8:77 rw', true],
  ['only the minor is named', [{ allow: true, type: 'c', minor: 7 }], 'c 9:7 rw', true],
  ['-1 is all', [{ allow: true, type: 'c', major: -1, minor: -1, access: 'rw' }], 'c 9:7 rw', true],
  ['the type a is both', [{ allow: true, type: 'a', major: 8, minor: 0 }], 'c 8:0 rw', true],
  ['the highest number', [{ allow: true, type: 'c', major: 0xffffffff }], 'c 4294967295:0 r', true],
])('%s', (_, rules, text, expected) => {
  expect(allows(rules, text)).toBe(expected);
  expect(unreachable(compileDevices(rules))).toEqual([]);
});

/** The meaning of the rules, access by access, without a program. */
function reference(rules: readonly DeviceRule[], { type, major, minor, access }: DeviceAccess): boolean {
  return [...access].every((letter) => {
    const rule = rules.findLast(
      (one) =>
        (one.type ?? 'a') !== (type === 'b' ? 'c' : 'b') &&
        [major, -1, undefined].includes(one.major) &&
        [minor, -1, undefined].includes(one.minor) &&
        (one.access ?? 'rwm').includes(letter),
    );
    return rule?.allow ?? false;
  });
}

test('200 made-up lists of rules mean what their program does', () => {
  let seed = 1;
  const pick = <T>(choices: readonly T[]): T => {
    seed = (seed * 48271) % 2147483647;
    return choices[seed % choices.length]!;
  };
  const accesses = ['r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm'];
  for (let round = 0; round < 200; round++) {
    const rules = Array.from(
      { length: pick([1, 2, 4, 8]) },
      (): DeviceRule => ({
        allow: pick([true, false]),
        type: pick(['a', 'b', 'c'] as const),
        major: pick([-1, 1, 2]),
        minor: pick([-1, 1, 2]),
        access: pick(accesses),
      }),
    );
    const program = compileDevices(rules);
    expect(unreachable(program), JSON.stringify(rules)).toEqual([]);
    for (const type of ['b', 'c'] as const) {
      for (const major of [1, 2, 3]) {
        for (const minor of [1, 2, 3]) {
          for (const access of accesses) {
            const question = { type, major, minor, access };
            const what = JSON.stringify([rules, question]);
            expect(runDeviceProgram(program, question), what).toBe(reference(rules, question));
          }
        }
      }
    }
  }
});

test.each<[DeviceRule, string]>([
  [{ allow: true, access: 'x' }, 'the device access x is not made of r, w and m'],
  [{ allow: true, major: -2 }, 'the device number -2 is out of range'],
  [{ allow: true, minor: 2 ** 32 }, 'the device number 4294967296 is out of range'],
  [{ allow: true, type: 'p' as 'c' }, 'the device type p is not one of a, b and c'],
])('%j is refused', (rule, message) => {
  expect(() => compileDevices([rule])).toThrow(message);
});

test('too many rules are refused', () => {
  expect(() => compileDevices(Array.from({ length: 501 }, () => ({ allow: true })))).toThrow('too many');
});
