// The network of a container (Engine API 1.41, "NetworkSettings"). Pure: what is known of its networks comes as data.
import type { ContainerPort } from '../container-ports.ts';
import { orNull } from './maps.ts';

/** A container's place in a network, as far as it has one now. */
export interface InspectedEndpoint {
  /** What Docker calls the place itself by. */
  readonly id: string;
  readonly network: {
    readonly id: string;
    readonly name: string;
    readonly subnets: readonly { readonly subnet: string; readonly gateway: string }[];
  };
  readonly containerId: string;
  /** What was asked for. */
  readonly aliases: readonly string[];
  readonly ip?: string | undefined;
  readonly ip6?: string | undefined;
  /** Whether the container is in it now: it runs. */
  readonly isUp: boolean;
  /** What it has; nothing while it does not run. */
  readonly address4?: string | undefined;
  readonly address6?: string | undefined;
  readonly mac?: string | undefined;
}

/** What a running container has. */
export interface Sandbox {
  readonly containerId: string;
  /** Of its first process. */
  readonly pid: number;
}

/** @param sandbox Undefined where it does not run. @param endpoints In the order of the interfaces. */
export function networkSettings(
  sandbox: Sandbox | undefined,
  endpoints: readonly InspectedEndpoint[],
  ports: readonly ContainerPort[],
) {
  const fields = endpoints.map((each) => ({ name: each.network.name, of: endpointFields(each) }));
  // Docker shows the addresses of its default network here as well, and of no other.
  const usual = fields.find(({ name }) => name === 'bridge')?.of;
  return {
    Bridge: '',
    SandboxID: sandbox?.containerId ?? '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: portMap(ports),
    SandboxKey: sandbox === undefined ? '' : `/proc/${sandbox.pid}/ns/net`,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: usual?.EndpointID ?? '',
    Gateway: usual?.Gateway ?? '',
    GlobalIPv6Address: usual?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: usual?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: usual?.IPAddress ?? '',
    IPPrefixLen: usual?.IPPrefixLen ?? 0,
    IPv6Gateway: usual?.IPv6Gateway ?? '',
    MacAddress: usual?.MacAddress ?? '',
    Networks: new Map(fields.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, of }) => [name, of])),
  };
}

function endpointFields(endpoint: InspectedEndpoint) {
  const { network, aliases, ip, ip6, containerId, isUp } = endpoint;
  const [four, six] = [part(endpoint, false), part(endpoint, true)];
  const asked = ip !== undefined || ip6 !== undefined;
  // As in Docker, the short id is an alias in networks that have names.
  const hasNames = network.subnets.length > 0 && network.name !== 'bridge';
  const names = hasNames ? [...aliases, containerId.slice(0, 12)] : [];
  return {
    IPAMConfig: asked
      ? { ...(ip === undefined ? {} : { IPv4Address: ip }), ...(ip6 === undefined ? {} : { IPv6Address: ip6 }) }
      : null,
    Links: null,
    Aliases: orNull([...new Set(names)]),
    NetworkID: network.id,
    EndpointID: isUp ? endpoint.id : '',
    Gateway: four.gateway,
    IPAddress: four.address,
    IPPrefixLen: four.prefix,
    IPv6Gateway: six.gateway,
    GlobalIPv6Address: six.address,
    GlobalIPv6PrefixLen: six.prefix,
    MacAddress: endpoint.mac ?? '',
    DriverOpts: null,
  };
}

function part({ network, address4, address6 }: InspectedEndpoint, six: boolean) {
  const address = six ? address6 : address4;
  const subnet = network.subnets.find(({ gateway }) => gateway.includes(':') === six);
  if (address === undefined || subnet === undefined) return { address: '', gateway: '', prefix: 0 };
  return { address, gateway: subnet.gateway, prefix: Number(subnet.subnet.split('/')[1]) };
}

/** Docker's PortMap: where a port is reached, or null where it is only told of. */
function portMap(ports: readonly ContainerPort[]): Map<string, unknown> {
  const words = Map.groupBy(ports, ({ port, protocol }) => `${port}/${protocol}`);
  const sorted = [...words].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    sorted.map(([word, list]) => [
      word,
      orNull(
        list.flatMap(({ hostAddress, hostPort }) =>
          hostPort === undefined ? [] : [{ HostIp: hostAddress, HostPort: String(hostPort) }],
        ),
      ),
    ]),
  );
}
