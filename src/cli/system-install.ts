// tsdocker system install: has systemd start, after each boot, the containers whose restart policy promises it, and stop all in
// good order before the machine goes down.
import { resolve } from 'node:path';
import { bootUnitName, bootUnitText } from '../engine/boot-unit.ts';
import { bootUnitPath, installBootUnit } from '../engine/install-boot-unit.ts';
import { programPath } from '../engine/resume.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'system install',
    summary: 'Have systemd start containers with a restart policy after a boot',
    operands: '',
    least: 0,
    most: 0,
    flags: [{ name: 'print', kind: 'switch', summary: 'Only print the unit' }],
    examples: ['sudo tsdocker system install'],
  },
  async call({ switches }, context) {
    const root = resolve(context.root);
    if (switches.get('print') === true) {
      process.stdout.write(bootUnitText(programPath, root));
      return 0;
    }
    const isNew = await installBootUnit(root);
    process.stdout.write(
      isNew
        ? `installed: ${bootUnitPath}; it is active, and will be after each boot\n`
        : `${bootUnitName} is installed and active already\n`,
    );
    return 0;
  },
};
