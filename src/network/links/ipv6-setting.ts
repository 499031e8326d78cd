// The IPv6 switches of one interface, which rtnetlink only shows (Documentation/networking/ip-sysctl.rst, "conf/interface/*").
import { AT_FDCWD, O_WRONLY } from '../../kernel/constants.ts';
import { failedWith, kernel } from '../../kernel/index.ts';

const encoder = new TextEncoder();

/** Sets it in this thread's network namespace. Nothing to do on a kernel without IPv6. Throws KernelError: EROFS where /proc/sys is read-only. */
export function setIpv6Setting(link: string, setting: string, value: number): void {
  let file: number;
  try {
    file = kernel.openat(AT_FDCWD, `/proc/sys/net/ipv6/conf/${link}/${setting}`, O_WRONLY);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return;
    throw error;
  }
  try {
    kernel.write(file, encoder.encode(String(value)));
  } finally {
    kernel.close(file);
  }
}
