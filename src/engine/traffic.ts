// What a network namespace has received and sent (proc_pid_net(5), "/proc/net/dev").
import { readFileSync } from 'node:fs';

export interface Traffic {
  /** Bytes. */
  readonly received: number;
  readonly sent: number;
}

/** All devices but the loopback together, as the process `pid` has them. Throws what node:fs throws. */
export const readTraffic = (pid: number): Traffic => parseTraffic(readFileSync(`/proc/${pid}/net/dev`, 'utf8'));

/** @param text A line a device: `eth0:`, eight figures of what it received, eight of what it sent; the bytes come first. */
export function parseTraffic(text: string): Traffic {
  let [received, sent] = [0, 0];
  for (const [, name, figures] of text.matchAll(/^ *([^\s|]+?): *(\d[\d ]*)$/gm)) {
    if (name === 'lo') continue;
    const numbers = figures!.trim().split(/ +/).map(Number);
    received += numbers[0] ?? 0;
    sent += numbers[8] ?? 0;
  }
  return { received, sent };
}
