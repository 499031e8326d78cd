// tsdocker logout: forgets what login kept (docker logout).
import { logout } from '../engine/login.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: { name: 'logout', summary: 'Log out from a registry', operands: '[SERVER]', least: 0, most: 1, flags: [] },
  async call({ operands }) {
    const { name, wasLoggedIn } = await logout({ server: operands[0] ?? '', environment: process.env });
    process.stdout.write(wasLoggedIn ? `Removing login credentials for ${name}\n` : `Not logged in to ${name}\n`);
    return 0;
  },
};
