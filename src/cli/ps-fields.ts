// A container as `ps` shows it: what a template can name, as Docker calls it (docker ps --help, "Formatting").

import type { ContainerPort } from '../engine/container-ports.ts';
import { digestHex } from '../image/digest.ts';
import { familiarName, parseReference } from '../image/reference.ts';
import type { BundleState } from '../store/bundles.ts';
import type { ContainerRecord } from '../store/containers.ts';
import type { HealthStatus } from '../store/health.ts';
import { inWords } from './ago.ts';
import { quote } from './format/quote.ts';
import { goTime } from './format/time.ts';
import { portWords } from './port-words.ts';
import { stateWord, statusWords } from './status-words.ts';

export const headers = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Ports: 'PORTS',
  State: 'STATE',
  Status: 'STATUS',
  Size: 'SIZE',
  Names: 'NAMES',
  Labels: 'LABELS',
  Label: 'LABEL',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
} as const;

/** The columns of the table, each with its gap in Docker's order. */
export const usualColumns = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'] as const;

export interface Shown {
  readonly record: ContainerRecord;
  readonly state: BundleState;
  readonly health: HealthStatus | undefined;
  readonly ports: readonly ContainerPort[];
}

/** The fields that the table shows. @param whole Nothing is cut short. */
export function usualFields(
  { record, state, health, ports }: Shown,
  imageOf: (record: ContainerRecord) => string,
  whole: boolean,
  now: number,
) {
  return {
    ID: whole ? record.id : record.id.slice(0, 12),
    Image: imageOf(record),
    Command: quote(whole ? commandLine(record.command) : shortened(commandLine(record.command), 20)),
    RunningFor: `${inWords(now - record.createdAt)} ago`,
    Status: statusWords(state, health, now),
    Ports: portWords(ports),
    Names: record.name,
  };
}

export interface MoreFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly { readonly Name?: string; readonly Source: string; readonly Driver?: string }[];
  readonly size: string;
  /** Their names, in the order of the interfaces. */
  readonly networks: readonly string[];
}

/** The fields that only templates ask for. */
export function moreFields({ record, state }: Shown, { labels, mounts, size, networks }: MoreFacts, whole: boolean) {
  const names = mounts.map(({ Name, Source }) => Name || Source);
  const keys = Object.keys(labels).sort();
  return {
    CreatedAt: goTime(record.createdAt),
    State: stateWord(state),
    Size: size,
    Labels: keys.map((key) => `${key}=${labels[key]}`).join(','),
    Label: (key: unknown): string => (Object.hasOwn(labels, String(key)) ? labels[String(key)]! : ''),
    Mounts: names.map((name) => (whole ? name : shortened(name, 15))).join(','),
    LocalVolumes: String(mounts.filter(({ Driver }) => Driver === 'local').length),
    Networks: networks.join(','),
  };
}

/** What each container's image is called; many have the same. @param imageIds By name. */
export function imageWords(imageIds: ReadonlyMap<string, string>, whole: boolean): (record: ContainerRecord) => string {
  const known = new Map<string, string>();
  return (record) => {
    const key = `${record.settings.imageId} ${record.settings.options.image || record.image}`;
    const word = known.get(key) ?? imageWord(record, imageIds, whole);
    known.set(key, word);
    return word;
  };
}

/** As in Docker: what it was run by, or the image's id where that name now stands for another image or for none. */
function imageWord(
  { image, settings }: ContainerRecord,
  imageIds: ReadonlyMap<string, string>,
  whole: boolean,
): string {
  const { imageId, options } = settings;
  const asked = options.image || familiarName(parseReference(image)).replace(/:latest$/, '');
  const [, hex] = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(asked) ?? [];
  if (hex !== undefined && imageId !== '' && digestHex(imageId).startsWith(hex)) {
    return whole || hex.length < 12 ? asked : hex.slice(0, 12);
  }
  const { domain, path, tag, digest } = parseReference(asked);
  if (digest !== undefined) return whole ? asked : asked.replace(/@.*$/, '');
  if (imageId === '' || imageIds.get(`${domain}/${path}:${tag}`) === imageId) return asked;
  return whole ? imageId : digestHex(imageId).slice(0, 12);
}

/** Docker's way to write a command in a line: words with spaces in them in single quotes. */
const commandLine = ([path = '', ...words]: readonly string[]): string =>
  [path, ...words.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' ');

function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
