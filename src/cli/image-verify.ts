// tsdocker image verify: reads all that images are made of once more, and says what is damaged and what to do about it.
import { needImage } from '../engine/need-image.ts';
import { setAside } from '../engine/set-aside.ts';
import { type Damage, type Part, verifyStore } from '../engine/verify.ts';
import { digestHex } from '../image/digest.ts';
import { familiarName, parseReference } from '../image/reference.ts';
import type { ListedImage } from '../store/images.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'image verify',
    summary: 'Check that images are whole',
    operands: '[IMAGE…]',
    least: 0,
    most: Number.POSITIVE_INFINITY,
    flags: [
      {
        name: 'remove',
        kind: 'switch',
        summary: 'Take what is damaged out of its place, so that pulling again mends it',
      },
    ],
    examples: ['tsdocker image verify', 'tsdocker image verify --remove alpine && tsdocker pull alpine'],
  },
  async call({ switches, operands }, { root }) {
    using store = openStore(root);
    const images = operands.length === 0 ? undefined : operands.map((name) => needImage(store, name));
    const removes = switches.get('remove') === true;
    let damaged = 0;
    const { blobs, layers, ...checked } = await verifyStore(store, images, (damage) => {
      damaged++;
      const user = removes ? setAside(store, damage) : undefined;
      process.stdout.write(`${titleOf(damage.part)} ${damage.problem}: ${advice(damage, removes, user)}\n`);
    });
    const counted = `${count(checked.images, 'image')}, ${count(blobs, 'blob')}, ${count(layers, 'layer')}`;
    process.stdout.write(`${counted}: ${damaged === 0 ? 'all whole' : `${damaged} damaged`}\n`);
    return damaged === 0 ? 0 : 1;
  },
};

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function titleOf(part: Part): string {
  if ('blob' in part) return `blob ${part.blob}`;
  return 'layer' in part ? `layer ${part.layer}` : `image ${part.image}`;
}

/** What to type. */
function advice({ part, path, images }: Damage, removed: boolean, user: string | undefined): string {
  if (user !== undefined) return `the container ${user} runs on it; tsdocker rm -f ${user}, then verify again`;
  const names = images.map(nameOf);
  if ('image' in part) return `tsdocker rmi -f ${names[0]}, then tsdocker pull it again`;
  const pulls = names.map((name) => `tsdocker pull ${name}`).join(' && ');
  if (path === undefined || removed) return pulls === '' ? 'no image needs it' : pulls;
  const remove = 'tsdocker image verify --remove';
  return pulls === '' ? `${remove} (no image needs it)` : `${remove} && ${pulls}`;
}

const nameOf = ({ names, configDigest }: ListedImage): string =>
  names[0] === undefined ? digestHex(configDigest).slice(0, 12) : familiarName(parseReference(names[0]));
