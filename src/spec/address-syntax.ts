// How addresses are written (RFC 4001 dotted decimal, RFC 4291 section 2.2, IEEE 802 MAC), for those who only have to tell an address
// from something else: flags, and files in the container. What calculates with addresses stands in src/network.

const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const dotted = new RegExp(`^${byte}(?:\\.${byte}){3}$`);

export const isIpv4 = (text: string): boolean => dotted.test(text);

/** As RFC 5952 writes it; undefined for what is no address, or has a zone (`fe80::1%eth0`). */
export function canonicalIpv6(text: string): string | undefined {
  // Only what an address may be made of: a bracket would end the URL's host.
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return undefined;
  return URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
}

/** An address of either family in the one form it is compared in; undefined for what is none. */
export const canonicalAddress = (text: string): string | undefined => (isIpv4(text) ? text : canonicalIpv6(text));

/** `02:42:ac:11:00:02`; undefined for what is no address, or one of many (multicast, which no interface can have). */
export function canonicalMac(text: string): string | undefined {
  if (!/^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}$/i.test(text)) return undefined;
  const mac = text.replaceAll('-', ':').toLowerCase();
  const isMulticast = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  return isMulticast || mac === '00:00:00:00:00:00' ? undefined : mac;
}

/** 127.0.0.0/8, ::1. */
export const isLoopback = (address: string): boolean => /^127\./.test(address) || canonicalIpv6(address) === '::1';
