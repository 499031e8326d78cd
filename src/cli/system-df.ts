// tsdocker system df: how much of the disk the store takes (docker system df). Sizes are what the disk holds, compressed blobs
// and unpacked layers, where Docker tells the latter only.
import { type ContainerRoom, type DiskReport, type ImageRoom, reportDisk } from '../engine/disk-report.ts';
import { digestHex } from '../image/digest.ts';
import { familiarName, familiarRepository, parseReference } from '../image/reference.ts';
import { openStore } from '../store/store.ts';
import { inWords } from './ago.ts';
import type { Command } from './flags.ts';
import { type Listing, type Row, renderFormat } from './format/format.ts';
import { humanSize } from './human-size.ts';

const listing: Listing = {
  headers: { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' },
  table: '{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}',
};

export const command: Command = {
  verb: {
    name: 'system df',
    summary: 'Show how much of the disk is used',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'format', kind: 'value', value: 'template', summary: 'Print each line so (a Go template, or json)' },
      { name: 'verbose', short: 'v', kind: 'switch', summary: 'Image by image, container by container' },
    ],
  },
  async call({ switches, values }, { root }) {
    using store = openStore(root);
    const report = reportDisk(store);
    process.stdout.write(
      switches.get('verbose') === true
        ? wholeReport(report, Date.now())
        : renderFormat(summary(report), values.get('format'), listing),
    );
    return 0;
  },
};

function summary({ images, containers, imagesSize, imagesReclaimable }: DiskReport): Row[] {
  const total = (rooms: readonly ContainerRoom[]) => rooms.reduce((sum, { size }) => sum + size, 0);
  const running = containers.filter(isRunning);
  const used = images.filter((room) => room.containers > 0);
  return [
    line('Images', images.length, used.length, imagesSize, imagesReclaimable),
    line('Containers', containers.length, running.length, total(containers), total(containers) - total(running)),
    line('Local Volumes', 0, 0, 0, 0),
    line('Build Cache', 0, 0, 0, 0),
  ];
}

const isRunning = ({ container: { state } }: ContainerRoom): boolean =>
  state.status === 'running' || state.status === 'creating';

const line = (Type: string, total: number, active: number, size: number, reclaimable: number): Row => ({
  Type,
  TotalCount: String(total),
  Active: String(active),
  Size: humanSize(size, 4),
  Reclaimable: humanSize(reclaimable, 4) + (size > 0 ? ` (${Math.trunc((reclaimable * 100) / size)}%)` : ''),
});

function wholeReport({ images, containers }: DiskReport, now: number): string {
  const imageTable = renderFormat(
    images.flatMap((room) => imageRows(room, now)),
    undefined,
    imageListing,
  );
  const containerTable = renderFormat(
    containers.map((room) => containerRow(room, now)),
    undefined,
    containerListing,
  );
  return `Images space usage:

${imageTable}
Containers space usage:

${containerTable}
Local Volumes space usage:

VOLUME NAME   LINKS   SIZE

Build cache usage: 0B

CACHE ID   CACHE TYPE   SIZE   CREATED   LAST USED   USAGE   SHARED
`;
}

const imageListing: Listing = {
  headers: {
    Repository: 'REPOSITORY',
    Tag: 'TAG',
    ID: 'IMAGE ID',
    CreatedSince: 'CREATED',
    Size: 'SIZE',
    SharedSize: 'SHARED SIZE',
    UniqueSize: 'UNIQUE SIZE',
    Containers: 'CONTAINERS',
  },
  table:
    '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}',
};

/** A row for each tag, as `images` has them. */
function imageRows({ image, size, shared, containers }: ImageRoom, now: number): Row[] {
  const names = image.names.map(parseReference);
  const tagged = names.filter(({ tag }) => tag !== undefined);
  const shown = tagged.length > 0 ? tagged : names.slice(0, 1);
  const places = shown.map((name) => [familiarRepository(name), name.tag ?? '<none>'] as const);
  return (places.length > 0 ? places : [['<none>', '<none>'] as const]).map(([Repository, Tag]) => ({
    Repository,
    Tag,
    ID: digestHex(image.configDigest).slice(0, 12),
    CreatedSince: ago(Date.parse(image.created), now),
    Size: humanSize(size),
    SharedSize: humanSize(shared),
    UniqueSize: humanSize(size - shared),
    Containers: String(containers),
  }));
}

const ago = (time: number, now: number): string =>
  Number.isNaN(time) || time <= 0 ? 'N/A' : `${inWords(now - time)} ago`;

const containerListing: Listing = {
  headers: {
    ID: 'CONTAINER ID',
    Image: 'IMAGE',
    Size: 'SIZE',
    RunningFor: 'CREATED',
    Status: 'STATUS',
    Names: 'NAMES',
  },
  table: '{{.ID}}\t{{.Image}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}',
};

function containerRow({ container: { record, state }, size }: ContainerRoom, now: number): Row {
  return {
    ID: record.id.slice(0, 12),
    Image: familiarName(parseReference(record.image)).replace(/:latest$/, ''),
    Size: humanSize(size),
    RunningFor: ago(record.createdAt, now),
    Status: state.status,
    Names: record.name,
  };
}
