// A network in the shape of Docker's API (Engine API 1.41, "NetworkInspect").
import { createHash } from 'node:crypto';
import { parseSubnet } from '../../network/address.ts';
import type { EndpointRecord } from '../../store/endpoints.ts';
import { isPredefined, type NetworkRecord, type NetworkSubnet } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { upIn } from './holders.ts';

const asMap = (names: Readonly<Record<string, unknown>>): Map<string, unknown> => new Map(Object.entries(names));

/** All that is known of a network; of its containers, those that run. */
export function inspectNetwork(store: Store, { id, name, driver, createdAt, settings }: NetworkRecord) {
  const { subnets, internal, ipv6, labels, options, link } = settings;
  return {
    Name: name,
    Id: id,
    Created: new Date(createdAt).toISOString(),
    Scope: 'local',
    Driver: driver,
    EnableIPv6: ipv6,
    IPAM: { Driver: 'default', Options: isPredefined(name) ? null : new Map(), Config: subnets.map(subnetDocument) },
    Internal: internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: new Map(
      upIn(store, id).map(({ record, endpoint }) => [
        record.id,
        {
          Name: record.name,
          EndpointID: endpointId(endpoint),
          MacAddress: endpoint.mac ?? '',
          IPv4Address: withPrefix(endpoint.address4, subnets),
          IPv6Address: withPrefix(endpoint.address6, subnets),
        },
      ]),
    ),
    Options: asMap(name === 'bridge' ? usualOptions(link) : options),
    Labels: asMap(labels),
  };
}

/** What Docker says of its own. */
const usualOptions = (link: string) => ({
  'com.docker.network.bridge.default_bridge': 'true',
  'com.docker.network.bridge.enable_icc': 'true',
  'com.docker.network.bridge.enable_ip_masquerade': 'true',
  'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
  'com.docker.network.bridge.name': link,
  'com.docker.network.driver.mtu': '1500',
});

const subnetDocument = ({ subnet, gateway, ipRange, auxAddresses }: NetworkSubnet) => ({
  Subnet: subnet,
  ...(ipRange === undefined ? {} : { IPRange: ipRange }),
  Gateway: gateway,
  ...(auxAddresses === undefined ? {} : { AuxiliaryAddresses: asMap(auxAddresses) }),
});

/** What Docker calls an endpoint by: the same wherever it is shown, and after each start. */
export const endpointId = ({ networkId, containerId }: Pick<EndpointRecord, 'networkId' | 'containerId'>): string =>
  createHash('sha256').update(`${networkId} ${containerId}`).digest('hex');

function withPrefix(address: string | undefined, subnets: readonly NetworkSubnet[]): string {
  if (address === undefined) return '';
  const subnet = subnets
    .map((each) => parseSubnet(each.subnet))
    .find(({ family }) => (family === 6) === address.includes(':'));
  return subnet === undefined ? address : `${address}/${subnet.prefix}`;
}
