// The tables of a store's database (design, 2.5). JSON columns hold lists that are only ever read whole.

export const version = 4;

/**
 * `manifest_digest` is what an image is kept by; `config_digest` is what people know as its id, which images of one
 * configuration and differently packed layers share. `chain` is a JSON list of chainIDs, the lowest first: kept with the
 * image so that `run` need not hash. `layers` is one of `{digest, size}`, the blobs. `size` is what the layers take unpacked,
 * in bytes, which `images` must know of a thousand images at once.
 */
export const imageTables = `
  CREATE TABLE images (
    manifest_digest TEXT PRIMARY KEY,
    manifest_media_type TEXT NOT NULL,
    manifest_size INTEGER NOT NULL,
    config_digest TEXT NOT NULL,
    created TEXT NOT NULL,
    chain TEXT NOT NULL,
    layers TEXT NOT NULL,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX images_by_id ON images (config_digest);
  CREATE TABLE names (
    reference TEXT PRIMARY KEY,
    manifest_digest TEXT NOT NULL REFERENCES images (manifest_digest)
  ) STRICT;
  CREATE INDEX names_by_image ON names (manifest_digest);
`;

/**
 * `settings` are NetworkSettings and EndpointSettings as JSON. An endpoint is a container's place in a network: it goes with the container,
 * and outlives the network, whose name it remembers: as in Docker, a container that does not run keeps nobody from removing a network.
 * Its addresses are null until the container is first started. No address is had twice in a network.
 */
export const networkTables = `
  CREATE TABLE networks (
    id TEXT PRIMARY KEY,
    name TEXT UNIQUE NOT NULL,
    driver TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    settings TEXT NOT NULL
  ) STRICT;
  CREATE TABLE endpoints (
    network_id TEXT NOT NULL,
    network_name TEXT NOT NULL,
    container_id TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    settings TEXT NOT NULL,
    address4 TEXT,
    address6 TEXT,
    mac TEXT,
    PRIMARY KEY (network_id, container_id),
    UNIQUE (network_id, address4),
    UNIQUE (network_id, address6)
  ) STRICT;
  CREATE INDEX endpoints_by_container ON endpoints (container_id);
`;

/**
 * `image_digest` is the manifest digest of the container's image, which is there unless it was removed by force; `chain` is
 * the container's own record of its layers, which stay as long as it does. `settings` is ContainerSettings as JSON.
 */
export const schema = `
  ${imageTables}
  CREATE TABLE containers (
    id TEXT PRIMARY KEY,
    name TEXT UNIQUE NOT NULL,
    image TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    command TEXT NOT NULL,
    image_digest TEXT NOT NULL,
    chain TEXT NOT NULL,
    settings TEXT NOT NULL
  ) STRICT;
  ${networkTables}
`;
