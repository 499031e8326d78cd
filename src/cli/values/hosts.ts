// --dns, --dns-search, --dns-option and --add-host: what the container's resolv.conf and hosts say (resolv.conf(5), hosts(5)).
import { canonicalAddress } from '../../spec/address-syntax.ts';
import { refuseValue } from './refuse.ts';

/** The address of a name server. */
export const parseDns = (value: string): string =>
  canonicalAddress(value.trim()) ?? refuseValue('dns', value, 'is no address', 'name servers are given by address');

const domain = /^[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*\.?$/;

/** A search domain; `.` is for none. */
export function parseDnsSearch(value: string): string {
  const text = value.trim();
  if (text === '.' || (text.length <= 255 && domain.test(text))) return text;
  return refuseValue('dns-search', value, 'is no domain', 'write it as example.com, or . for none');
}

/** Of one line, each a word: more would be other lines of the file. */
export function parseDnsOption(value: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(value)) return value;
  return refuseValue('dns-option', value, 'is no option', 'write it as ndots:2 or rotate');
}

const hostGateway = 'host-gateway';

/** `NAME:ADDRESS` or `NAME=ADDRESS`, the address in brackets where people like them: always returned as `NAME:ADDRESS`. */
export function parseAddHost(value: string): string {
  const [, name = '', given = ''] = /^([^:=]+)[:=](.*)$/s.exec(value) ?? [];
  const form = 'write it as name:192.0.2.7, or name:host-gateway';
  if (!/^[!-~]{1,255}$/.test(name) || name.includes('#')) refuseValue('add-host', value, 'names no host', form);
  if (given === hostGateway) return `${name}:${given}`;
  const address = canonicalAddress(/^\[(.*)\]$/.exec(given)?.[1] ?? given);
  if (address === undefined) refuseValue('add-host', value, `has ${JSON.stringify(given)} for an address`, form);
  return `${name}:${address}`;
}
