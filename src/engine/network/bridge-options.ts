// What -o says of a bridge network (docker network create, "Bridge driver options"). Pure. One that is not known is refused: left out
// in silence it would be missed on the day when it matters.
import { TsdockerError } from '../../error.ts';

export interface BridgeOptions {
  /** The name of the bridge's interface. */
  readonly link?: string;
  readonly mtu?: number;
}

const bridge = 'com.docker.network.bridge.';
const names = {
  mtu: 'com.docker.network.driver.mtu',
  link: `${bridge}name`,
  masquerade: `${bridge}enable_ip_masquerade`,
  icc: `${bridge}enable_icc`,
  binding: `${bridge}host_binding_ipv4`,
} as const;

/** Podman's short words. */
const synonyms: Readonly<Record<string, string>> = { mtu: names.mtu };

/** @param ipv6 Whether the network has IPv6, whose packets have at least 1280 bytes (RFC 8200, 5). Throws `usage` and `unsupported`. */
export function bridgeOptions(options: Readonly<Record<string, string>>, ipv6: boolean): BridgeOptions {
  const read: { link?: string; mtu?: number } = {};
  for (const [written, value] of Object.entries(options)) {
    switch (Object.hasOwn(synonyms, written) ? synonyms[written] : written) {
      case names.mtu:
        read.mtu = parseMtu(value, ipv6 ? 1280 : 68);
        break;
      case names.link:
        read.link = parseLink(value);
        break;
      case names.masquerade:
        parseTruth(written, value);
        break;
      case names.icc:
        if (!parseTruth(written, value))
          refuse('containers of one network always reach each other', 'use two networks');
        break;
      case names.binding:
        if (value !== '0.0.0.0')
          refuse(
            `ports are published on every address unless -p names one, not on ${value}`,
            `publish with -p ${value}:…`,
          );
        break;
      default:
        throw new TsdockerError('usage', `the option ${JSON.stringify(written)} of a bridge network is not known`, {
          hint: `there are ${names.mtu}, ${names.link} and ${names.masquerade}`,
        });
    }
  }
  return read;
}

function refuse(message: string, hint: string): never {
  throw new TsdockerError('unsupported', message, { hint });
}

/** The least that IPv4 takes (RFC 791), or IPv6; the most that a bridge takes. */
function parseMtu(value: string, least: number): number {
  const mtu = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (mtu >= least && mtu <= 65535) return mtu;
  throw new TsdockerError('usage', `the MTU ${JSON.stringify(value)} is not a number of bytes from ${least} to 65535`);
}

/** What the kernel takes (dev_valid_name), less what shells and `ip` would misread; names that begin so are other networks'. */
function parseLink(value: string): string {
  if (/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}$/.test(value) && !/^(?:tsd|tsv|lo$|all$|default$)/.test(value)) return value;
  throw new TsdockerError('usage', `no bridge can have the name ${JSON.stringify(value)}`, {
    hint: 'letters, digits, _, . and -, at most 15; tsd and tsv begin the names that are given by default',
  });
}

function parseTruth(name: string, value: string): boolean {
  if (/^(?:1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw new TsdockerError('usage', `the option ${name} is true or false, not ${JSON.stringify(value)}`);
}

/** Whether what leaves for other hosts gets this host's address: it does unless an option, which was parsed when the network was made, says no. */
export function masquerades(options: Readonly<Record<string, string>>): boolean {
  const value = options[names.masquerade];
  return value === undefined || parseTruth(names.masquerade, value);
}
