// tsdocker system uninstall: takes back what `tsdocker system install` did; containers and images stay.
import { bootUnitName } from '../engine/boot-unit.ts';
import { bootUnitPath, uninstallBootUnit } from '../engine/install-boot-unit.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'system uninstall',
    summary: 'Have systemd start no containers after a boot any more',
    operands: '',
    least: 0,
    most: 0,
    flags: [],
  },
  async call() {
    const was = await uninstallBootUnit();
    process.stdout.write(
      was ? `removed: ${bootUnitPath}; containers run on\n` : `${bootUnitName} is not installed: nothing to do\n`,
    );
    return 0;
  },
};
