// tsdocker info: this host and the store, in Docker's layout.
import { type SystemInfo, systemInfo } from '../engine/info.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { debugging } from './main.ts';
import { printable } from './printable.ts';
import { binarySize } from './stats-fields.ts';

export const command: Command = {
  verb: {
    name: 'info',
    summary: 'Show what this host is and what the store holds',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'format', short: 'f', kind: 'value', value: 'template', summary: 'json, or a Go template of the facts' },
    ],
    examples: ["tsdocker info --format '{{.Driver}} {{.CgroupVersion}}'"],
  },
  async call({ values }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const info = systemInfo(store);
    const format = values.get('format');
    if (format !== undefined && format !== '') {
      const { renderValues } = await import('./format/format.ts');
      const ClientInfo = { Version: info.ServerVersion, Context: 'default', Debug: debugging.on, Warnings: null };
      process.stdout.write(renderValues([{ ...info, Debug: debugging.on, ClientInfo }], format));
      return 0;
    }
    process.stdout.write(infoText(info, debugging.on));
    process.stderr.write(info.Warnings.map((warning) => `WARNING: ${warning}\n`).join(''));
    return 0;
  },
};

/** Client and server are one program here, and told apart as Docker's scripts expect it. */
export function infoText(info: SystemInfo, debug: boolean): string {
  const lines = [
    'Client:',
    ` Version:    ${info.ServerVersion}`,
    ' Context:    default',
    ` Debug Mode: ${debug}`,
    '',
    'Server:',
    ` Containers: ${info.Containers}`,
    `  Running: ${info.ContainersRunning}`,
    `  Paused: ${info.ContainersPaused}`,
    `  Stopped: ${info.ContainersStopped}`,
    ` Images: ${info.Images}`,
    ` Server Version: ${info.ServerVersion}`,
    ` Storage Driver: ${info.Driver}`,
    ...info.DriverStatus.map(([name, value]) => `  ${name}: ${value}`),
    ` Logging Driver: ${info.LoggingDriver}`,
    ` Cgroup Driver: ${info.CgroupDriver}`,
    ` Cgroup Version: ${info.CgroupVersion}`,
    ' Security Options:',
    ...info.SecurityOptions.flatMap(securityLines),
    ` Kernel Version: ${info.KernelVersion}`,
    ` Operating System: ${info.OperatingSystem}`,
    ` OSType: ${info.OSType}`,
    ` Architecture: ${info.Architecture}`,
    ` CPUs: ${info.NCPU}`,
    ` Total Memory: ${binarySize(info.MemTotal)}`,
    ` Name: ${info.Name}`,
    ` Docker Root Dir: ${info.DockerRootDir}`,
    ` Debug Mode: ${debug}`,
    ` Live Restore Enabled: ${info.LiveRestoreEnabled}`,
    '',
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** `name=seccomp,profile=builtin`: the name, and below it the rest. */
function securityLines(option: string): string[] {
  const [name = '', ...rest] = option.split(',').map((part) => part.split('='));
  return [
    `  ${name[1]}`,
    ...rest.map(([key = '', value = '']) => `   ${key[0]!.toUpperCase()}${key.slice(1)}: ${value}`),
  ];
}
