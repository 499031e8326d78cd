import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bootUnitText, isBootUnit } from './boot-unit.ts';

const lines = (program: string, root: string): string[] => bootUnitText(program, root).split('\n');

test('the unit starts what is promised once file systems and network are there, and ends it before they go', () => {
  const unit = lines('/usr/local/lib/tsdocker/bin/tsdocker', '/var/lib/tsdocker');
  expect(unit).toContain('ExecStart=/usr/local/lib/tsdocker/bin/tsdocker --root /var/lib/tsdocker system start');
  expect(unit).toContain('ExecStop=/usr/local/lib/tsdocker/bin/tsdocker --root /var/lib/tsdocker system stop');
  expect(unit).toContain('RequiresMountsFor=/usr/local/lib/tsdocker/bin/tsdocker /var/lib/tsdocker');
  expect(unit).toContain('After=local-fs.target network-online.target nss-lookup.target firewalld.service');
  expect(unit).toEqual(expect.arrayContaining(['Type=oneshot', 'RemainAfterExit=yes', 'WantedBy=multi-user.target']));
});

test('blanks, quotes, backslashes, specifiers and variables in a path mean themselves', () => {
  expect(lines('/opt/my "engine"/b', '/s\\t/50%/$HOME')).toContain(
    'ExecStart="/opt/my \\"engine\\"/b" --root "/s\\\\t/50%%/$$HOME" system start',
  );
});

test('a path can add no line and no setting to the unit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      let unit: string[];
      try {
        unit = lines('/bin/tsdocker', `/${name}`);
      } catch (error) {
        expect((error as { code: string }).code).toBe('usage');
        return;
      }
      expect(unit).toHaveLength(lines('/bin/tsdocker', '/s').length);
    }),
  );
  expect(() => bootUnitText('/bin/tsdocker', '/s\nExecStartPost=/bin/evil')).toThrow(/control character/);
});

test('a unit of ours is known again, and nobody else is', () => {
  expect(isBootUnit(bootUnitText('/a', '/b'))).toBe(true);
  for (const text of ['', '[Unit]\n', `\n${bootUnitText('/a', '/b')}`]) expect(isBootUnit(text)).toBe(false);
});
