// The network of a container (Engine API 1.41, "NetworkSettings"): none of its own, or the host's, until there are networks.
import type { RunOptions } from '../../spec/run-options.ts';

/** What Docker says of a container's place in a network without addresses. */
const noEndpoint = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  MacAddress: '',
  DriverOpts: null,
} as const;

/** @param pid Of the container's first process; 0 where it does not run. */
export const networkSettings = ({ network }: Pick<RunOptions, 'network'>, pid: number) => ({
  Bridge: '',
  SandboxID: '',
  HairpinMode: false,
  LinkLocalIPv6Address: '',
  LinkLocalIPv6PrefixLen: 0,
  Ports: new Map<string, unknown>(),
  SandboxKey: pid === 0 ? '' : `/proc/${pid}/ns/net`,
  SecondaryIPAddresses: null,
  SecondaryIPv6Addresses: null,
  EndpointID: '',
  Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  MacAddress: '',
  Networks: new Map([[network === 'host' ? 'host' : 'none', noEndpoint]]),
});
