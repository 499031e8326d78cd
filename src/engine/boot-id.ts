// Which boot of the machine this is: what ran in another one runs no more.
import { readFileSync } from 'node:fs';

/** The number of this boot (random(4), "boot_id"). */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** A bundle's file that says in which boot the container was started. */
export const bootFile = 'boot';
