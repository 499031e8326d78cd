// What contradicts the kind of network that was asked for, in Docker's words (moby: runconfig/errors.go). Pure; for flags and library.
import { TsdockerError } from '../error.ts';
import { isLoopback } from './address-syntax.ts';
import { joinedContainer } from './networks.ts';
import type { RunOptions } from './run-options.ts';

/** Throws `usage`: a container that has another's network has its names and ports as well. */
export function refuseNetworkConflicts(options: RunOptions): void {
  if (joinedContainer(options.network) === undefined) return;
  const refuse = (what: string): never => {
    throw new TsdockerError('usage', `conflicting options: ${what}`);
  };
  if (options.hostname !== undefined) refuse('hostname and the network mode');
  if ([...options.dns, ...options.dnsSearch, ...options.dnsOptions].length > 0) refuse('dns and the network mode');
  if (options.extraHosts.length > 0) refuse('custom host-to-IP mapping and the network mode');
  if (options.publish.length > 0 || options.publishAll) {
    refuse('port publishing and the container type network mode');
  }
  if (options.expose.length > 0) refuse('port exposing and the container type network mode');
}

/** What is granted, and yet not what was meant: a line for each. */
export function networkWarnings({ network, publish, publishAll, dns }: RunOptions): string[] {
  const warnings: string[] = [];
  if (network === 'host' && (publish.length > 0 || publishAll)) {
    warnings.push('published ports are discarded when using host network mode');
  }
  const local = network === 'host' ? undefined : dns.find(isLoopback);
  if (local !== undefined) warnings.push(`the name server ${local} of --dns is the container’s own loopback address`);
  return warnings;
}
