// What a template of `stats` can name, as Docker calls and writes it. Pure.
import type { ContainerStats } from '../engine/stats.ts';
import type { Listing } from './format/format.ts';
import { humanSize } from './human-size.ts';

export const statsListing: Listing = {
  headers: {
    Container: 'CONTAINER',
    ID: 'CONTAINER ID',
    Name: 'NAME',
    CPUPerc: 'CPU %',
    MemUsage: 'MEM USAGE / LIMIT',
    MemPerc: 'MEM %',
    NetIO: 'NET I/O',
    BlockIO: 'BLOCK I/O',
    PIDs: 'PIDS',
  },
  table: '{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}',
};

/** Of a container that does not run, Docker shows no figures but zeros. */
const nothing = {
  cpuPercent: 0,
  memory: 0,
  memoryLimit: 0,
  received: 0,
  sent: 0,
  blockRead: 0,
  blockWritten: 0,
  pids: 0,
};

/** @param whole The id is not shortened. */
export function fieldsOfStats(stats: ContainerStats, whole: boolean) {
  const id = whole ? stats.id : stats.id.slice(0, 12);
  const runs = stats.status === 'running' || stats.status === 'paused';
  const figures: Partial<typeof nothing> = runs ? stats : nothing;
  const { memory, memoryLimit } = figures;
  return {
    Container: stats.asked === stats.id ? id : stats.asked,
    ID: id,
    Name: stats.name,
    CPUPerc: percent(figures.cpuPercent),
    MemUsage: pair(memory, memoryLimit, binarySize),
    MemPerc: percent(memory === undefined || memoryLimit === undefined ? undefined : share(memory, memoryLimit)),
    NetIO: pair(figures.received, figures.sent, humanSize),
    BlockIO: pair(figures.blockRead, figures.blockWritten, humanSize),
    PIDs: figures.pids === undefined ? unknown : String(figures.pids),
  };
}

/** What Docker shows where there is no figure. */
const unknown = '--';

const percent = (value: number | undefined): string => (value === undefined ? unknown : `${value.toFixed(2)}%`);

const share = (part: number, whole: number): number => (whole === 0 ? 0 : (part / whole) * 100);

function pair(first: number | undefined, second: number | undefined, size: (bytes: number) => string): string {
  return [first, second].map((bytes) => (bytes === undefined ? unknown : size(bytes))).join(' / ');
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Memory in binary units, four digits: `644KiB`, `23.54GiB`. */
export function binarySize(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}
