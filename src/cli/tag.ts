// tsdocker tag: gives an image another name.
import { tagImage } from '../engine/tag.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'tag',
    summary: 'Give an image another name',
    operands: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
    least: 2,
    most: 2,
    flags: [],
  },
  async call({ operands: [source = '', target = ''] }, { root }) {
    using store = openStore(root);
    tagImage(store, source, target);
    return 0;
  },
};
