// Where a layer lies: a folder named by its chainID, because what an unpacked layer looks like depends on the layers below
// it (design, 2.4, "Implied directories").
import { join } from 'node:path';
import { type ChainID, digestHex } from '../image/digest.ts';
import type { Store } from './store.ts';

export const layerFolder = (store: Store, chain: ChainID): string => join(store.paths.layer, digestHex(chain));
