// --publish and --expose: ports and ranges of ports (docker run --help; docs of `docker run`, "Publish or expose port").
import { canonicalIpv6, isIpv4 } from '../../spec/address-syntax.ts';
import type { PublishedPort } from '../../spec/run-options.ts';
import { refuseValue } from './refuse.ts';

interface Range {
  readonly first: number;
  readonly last: number;
}

const most = 65_535;

/** `80` or `80-90`; undefined for what is neither. */
function parseRange(text: string, least: number): Range | undefined {
  const [, start, end = start] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (start === undefined) return undefined;
  const [first, last] = [Number(start), Number(end)];
  return first >= least && first <= last && last <= most ? { first, last } : undefined;
}

const portsIn = ({ first, last }: Range): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

const form = 'write it as 8080:80, 127.0.0.1:8080:80/udp, [::1]:8080:80 or 8000-8010:80-90';

/** `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`, where an address of IPv6 may stand in brackets, or `target=…,published=…,protocol=…`: one entry a port. */
export function parsePublish(value: string): PublishedPort[] {
  const text = value.includes('=') ? fromFields(value) : value;
  const [, address, host = '', container = '', word = 'tcp'] =
    /^(?:(?:(\[[^\]]*\]|[^[\]]*):)?([^:]*):)?([^:/]*)(?:\/([^/]*))?$/.exec(text) ?? [];
  const ports = parseRange(container, 1);
  if (ports === undefined) refuseValue('publish', value, 'names no port of the container', form);
  const protocol = protocolOf('publish', value, word);
  if (protocol === 'sctp')
    refuseValue('publish', value, 'is for sctp, which is not published', 'there are tcp and udp');
  const hostAddress = address === undefined || address === '' ? undefined : addressOf(value, address);
  const at = { protocol, ...(hostAddress === undefined ? {} : { hostAddress }) };
  if (host === '') return portsIn(ports).map((port) => ({ ...at, hostPort: 0, port }));
  const hosts = parseRange(host, 0);
  if (hosts === undefined) refuseValue('publish', value, `has ${JSON.stringify(host)} for the port of the host`, form);
  if (hosts.first === 0 && hosts.last > 0) refuseValue('publish', value, 'has the port 0 in a range', form);
  const spare = hosts.last - hosts.first - (ports.last - ports.first);
  if (spare !== 0 && ports.first !== ports.last) {
    refuseValue('publish', value, 'has ranges that are not of the same length', form);
  }
  if (spare !== 0) return [{ ...at, hostPort: hosts.first, lastHostPort: hosts.last, port: ports.first }];
  return portsIn(ports).map((port, index) => ({ ...at, hostPort: hosts.first + index, port }));
}

/** The longer form, as it is written the short way. */
function fromFields(value: string): string {
  const fields = new Map<string, string>();
  for (const field of value.split(',')) {
    const [, name = '', text = ''] = /^([^=]*)=(.*)$/.exec(field) ?? [];
    if (!['target', 'published', 'protocol', 'mode'].includes(name)) {
      refuseValue(
        'publish',
        value,
        `has ${JSON.stringify(field)} in it`,
        'there are target=, published= and protocol=',
      );
    }
    fields.set(name, text);
  }
  return `${fields.get('published') ?? ''}:${fields.get('target') ?? ''}/${fields.get('protocol') ?? 'tcp'}`;
}

function addressOf(value: string, text: string): string {
  const address = isIpv4(text) ? text : canonicalIpv6(/^\[(.*)\]$/.exec(text)?.[1] ?? text);
  return address ?? refuseValue('publish', value, `has ${JSON.stringify(text)} for an address of the host`, form);
}

function protocolOf(flag: string, value: string, text: string): 'tcp' | 'udp' | 'sctp' {
  const word = text.toLowerCase();
  if (word === 'tcp' || word === 'udp' || word === 'sctp') return word;
  return refuseValue(flag, value, `has the protocol ${JSON.stringify(text)}`, 'there are tcp and udp');
}

/** What --publish says each time, without what it says twice. A free port each time is not the same twice. */
export const parseAllPublished = (values: readonly string[]): PublishedPort[] => {
  const known = new Set<string>();
  return values.flatMap(parsePublish).filter((port) => {
    const word = JSON.stringify(port);
    if (port.hostPort !== 0 && known.has(word)) return false;
    known.add(word);
    return true;
  });
};

/** `PORT[-PORT][/PROTOCOL]` as `80/tcp`, one a port. */
export function parseExpose(value: string): string[] {
  const [, text = '', word = 'tcp'] = /^([^/]*)(?:\/([^/]*))?$/.exec(value) ?? [];
  const ports = parseRange(text, 1);
  if (ports === undefined) refuseValue('expose', value, 'is no port', 'write it as 80, 80-90 or 53/udp');
  const protocol = protocolOf('expose', value, word);
  return portsIn(ports).map((port) => `${port}/${protocol}`);
}
