// From an open archive to the images in it, of whichever kind the archive is. One that is both, as Docker from version 25 on
// writes it, is read as an OCI image layout: that has the manifests.
import { TsdockerError } from '../error.ts';
import type { ArchivedImage } from './archived-image.ts';
import { readDockerArchive } from './docker-archive.ts';
import { readLayout } from './oci-layout.ts';
import type { Archive } from './open-archive.ts';

/** At least one. Throws `corrupt`, and `unsupported` for archives of Docker before version 1.10. */
export async function readImages(archive: Archive): Promise<ArchivedImage[]> {
  const images = (await readLayout(archive)) ?? (await readDockerArchive(archive));
  if (images === undefined) return refuse(archive);
  if (images.length === 0) throw new TsdockerError('corrupt', 'the archive has no image');
  return images;
}

function refuse(archive: Archive): never {
  if (archive.find('repositories') !== undefined) {
    throw new TsdockerError('unsupported', 'the archive has no manifest.json: Docker before version 1.10 wrote it', {
      hint: 'load it into a newer Docker, and save it again there',
    });
  }
  throw new TsdockerError('corrupt', 'the archive has no image: neither index.json with oci-layout nor manifest.json', {
    hint: 'tsdocker import makes an image of the tar of a file system',
  });
}
