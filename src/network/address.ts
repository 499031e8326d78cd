// Addresses, subnets and MACs as text, and their bytes: pure. Between modules they travel as text (`172.18.0.2`, `fd00::/64`,
// `02:42:ac:12:00:02`); only what speaks to the kernel needs bytes. IPv4 is strict: `010.1` means different things to different
// programs (CVE-2021-29923). IPv6 is read by RFC 4291, 2.2, and written by RFC 5952. node:net is not on the way of `run`.
import { TsdockerError } from '../error.ts';

export type Family = 4 | 6;

/** Written `172.18.0.0/16`. */
export interface Subnet {
  /** The first address: no host bit is set. */
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
}

/** 4 or 16 bytes, in network order. Throws `usage` for what is no address; one with a zone (`fe80::1%eth0`) is none. */
export function addressBytes(text: string): Uint8Array {
  const bytes = text.includes(':') ? bytes6(text) : bytes4(text);
  if (bytes === undefined) throw new TsdockerError('usage', `${JSON.stringify(text)} is not an IP address`);
  return bytes;
}

export const isAddress = (text: string): boolean => (text.includes(':') ? bytes6(text) : bytes4(text)) !== undefined;

/** Throws `usage` for what is no address. */
export const familyOf = (text: string): Family => (addressBytes(text).length === 4 ? 4 : 6);

/** The one way to write an address: `::1` for `0:0:0:0:0:0:0:1`. Throws `usage`. */
export const canonicalAddress = (text: string): string => addressText(addressBytes(text));

function bytes4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return;
  return Uint8Array.from(parts, Number);
}

function bytes6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return;
  const [head, tail] = halves.map((half, index) => groups(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return;
  const missing = 16 - head.length - (tail?.length ?? 0);
  // `::` stands for at least one group; without it none may be missing.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])]);
}

/** The bytes of what stands on one side of `::`; at its end there may be an IPv4 address. */
function groups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const words = text.split(':');
  for (const [index, word] of words.entries()) {
    if (isLast && index === words.length - 1 && word.includes('.')) {
      const embedded = bytes4(word);
      if (embedded === undefined) return;
      bytes.push(...embedded);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(word)) return;
      const value = Number.parseInt(word, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

/** @param bytes 4 or 16. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new TsdockerError('internal', `an address has 4 or 16 bytes, not ${bytes.length}`);
  const words = Array.from({ length: 8 }, (_, index) => (bytes[2 * index]! << 8) | bytes[2 * index + 1]!);
  // RFC 5952, 5: what stands for an IPv4 address shows it.
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff)
    return `::ffff:${bytes.subarray(12).join('.')}`;
  const [from, length] = longestZeros(words);
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':');
  return length < 2 ? hex(words) : `${hex(words.slice(0, from))}::${hex(words.slice(from + length))}`;
}

/** The first of the longest runs (RFC 5952, 4.2.3). */
function longestZeros(words: readonly number[]): readonly [from: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let from = 0; from < words.length; from += 1) {
    let length = 0;
    while (words[from + length] === 0) length += 1;
    if (length > best[1]) best = [from, length];
  }
  return best;
}

/** The address as a number, which puts addresses of one family in order. Throws `usage`. */
export const addressNumber = (text: string): bigint => numberOf(addressBytes(text));

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);

/** What addressNumber made a number of. */
export function addressOf(number: bigint, family: Family): string {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  for (let index = bytes.length - 1, rest = number; index >= 0; index -= 1, rest >>= 8n)
    bytes[index] = Number(rest & 0xffn);
  return addressText(bytes);
}

const bitsOf = (family: Family): number => (family === 4 ? 32 : 128);

/** How many addresses a subnet has. */
export const sizeOf = ({ family, prefix }: Subnet): bigint => 1n << BigInt(bitsOf(family) - prefix);

/** Clears the host's bits of `172.18.0.5/16`. Throws `usage` for what is no address with the length of a prefix. */
export function parseSubnet(text: string): Subnet {
  const [, address = '', length = ''] = /^([^/]*)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const prefix = Number(length);
  if (length === '' || !isAddress(address) || prefix > bitsOf(familyOf(address))) {
    throw new TsdockerError('usage', `${JSON.stringify(text)} is not a subnet`, {
      hint: 'write it as 172.28.0.0/16, or fd00:28::/64',
    });
  }
  const family = familyOf(address);
  const hostBits = BigInt(bitsOf(family) - prefix);
  return { address: addressOf((addressNumber(address) >> hostBits) << hostBits, family), prefix, family };
}

export const subnetText = ({ address, prefix }: Subnet): string => `${address}/${prefix}`;

const read = (subnet: Subnet | string): Subnet => (typeof subnet === 'string' ? parseSubnet(subnet) : subnet);

/** The first and the last address as numbers. */
export function boundsOf(subnet: Subnet | string): { readonly first: bigint; readonly last: bigint } {
  const { address, ...rest } = read(subnet);
  const first = addressNumber(address);
  return { first, last: first + sizeOf({ address, ...rest }) - 1n };
}

/** Never where they are of different families. */
export function contains(subnet: Subnet | string, address: string): boolean {
  const known = read(subnet);
  if (known.family !== familyOf(address)) return false;
  const [{ first, last }, number] = [boundsOf(known), addressNumber(address)];
  return first <= number && number <= last;
}

/** Whether they share an address. */
export function overlaps(one: Subnet | string, other: Subnet | string): boolean {
  const [a, b] = [read(one), read(other)];
  if (a.family !== b.family) return false;
  const [x, y] = [boundsOf(a), boundsOf(b)];
  return x.first <= y.last && y.first <= x.last;
}

/** @param n Counted from the subnet's own address, which is 0. Throws `usage` where it has not so many. */
export function nthAddress(subnet: Subnet | string, n: bigint): string {
  const known = read(subnet);
  if (n < 0n || n >= sizeOf(known))
    throw new TsdockerError('usage', `the subnet ${subnetText(known)} has no address number ${n}`);
  return addressOf(addressNumber(known.address) + n, known.family);
}

/**
 * The addresses that an interface may have: not the network's own, which for IPv6 is the routers' (RFC 4291, 2.6.1), and not the
 * broadcast address. In a subnet of one or two addresses all may be had (RFC 3021, RFC 6164).
 */
export function usableBounds(subnet: Subnet | string): { readonly first: bigint; readonly last: bigint } {
  const known = read(subnet);
  const { first, last } = boundsOf(known);
  if (last - first < 2n) return { first, last };
  return { first: first + 1n, last: known.family === 4 ? last - 1n : last };
}

/** Whether an interface in the subnet may have the address. */
export function isUsable(subnet: Subnet | string, address: string): boolean {
  if (!contains(subnet, address)) return false;
  const [{ first, last }, number] = [usableBounds(subnet), addressNumber(address)];
  return first <= number && number <= last;
}

/** 6 bytes. Throws `usage`, and so for the addresses of groups and of nobody, which the kernel gives no interface. */
export function macBytes(text: string): Uint8Array {
  const bytes = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}$/i.test(text)
    ? Uint8Array.from(text.split(/[:-]/), (byte) => Number.parseInt(byte, 16))
    : undefined;
  if (bytes === undefined) {
    throw new TsdockerError('usage', `${JSON.stringify(text)} is not a MAC address`, {
      hint: 'write it as 02:42:ac:12:00:02',
    });
  }
  if ((bytes[0]! & 1) === 1 || bytes.every((byte) => byte === 0))
    throw new TsdockerError('usage', `no interface may have the MAC address ${text}`);
  return bytes;
}

export const macText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');

/**
 * The MAC of an interface: 02:42 and the IPv4 address, as Docker makes it; of one that has only an IPv6 address 02:43, and the four
 * lowest bytes of that with the others folded in. Addresses that follow each other never share one.
 */
export function macOf(address: string): string {
  const bytes = addressBytes(address);
  if (bytes.length === 4) return macText(Uint8Array.from([2, 0x42, ...bytes]));
  const view = new DataView(bytes.buffer);
  const upper = [0, 4, 8].reduce((hash, at) => Math.imul(hash ^ view.getUint32(at), 0x01000193) >>> 0, 0x811c9dc5);
  const mac = new DataView(new ArrayBuffer(6));
  mac.setUint16(0, 0x0243);
  mac.setUint32(2, (upper ^ view.getUint32(12)) >>> 0);
  return macText(new Uint8Array(mac.buffer));
}
