// The tables of a store's database (design, 2.5). JSON columns hold lists that are only ever read whole.

export const version = 3;

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
`;
