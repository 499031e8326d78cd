// Where unpacked layers lie. A layer is kept by its chainID, what it is on top of those below it, because directories that its
// tar only implies take their metadata from there (design, 2.4).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainID, digestHex } from '../image/digest.ts';

/** The folder that is a layer of an overlay. @param root The store's. */
export const layerPath = (root: string, chainID: ChainID): string => join(root, 'layer', digestHex(chainID));

/** A layer is renamed into its place when it is whole, so that its folder is there means that it is. */
export const hasLayer = (root: string, chainID: ChainID): boolean => existsSync(layerPath(root, chainID));
