// Makes a container that was planned, up to where it can be started: its bundle, its record, the files it binds.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import { kernel } from '../kernel/index.ts';
import { createBundle, type LockedBundle, removeBundle, writeBundleFile, writeState } from '../store/bundles.ts';
import { forgetContainer, recordContainer } from '../store/containers.ts';
import { addEndpoint } from '../store/endpoints.ts';
import { containerEvent, eventAttributes, eventAttributesFile } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import type { ContainerPlan } from './plan.ts';

/** A container that is made and locked, and taken back unless it is kept. */
export interface MadeContainer extends Disposable {
  /** Its descriptor is closed with this. */
  readonly bundle: LockedBundle;
  /** From here on the container stays. */
  keep(): void;
}

/** Throws `conflict` where the name is taken, and what writing throws; nothing is then left. */
export function makeContainer(store: Store, plan: ContainerPlan): MadeContainer {
  const { record, options } = plan;
  using undo = new DisposableStack();
  const bundle = createBundle(store, record.id);
  undo.defer(() => kernel.close(bundle.descriptor));
  undo.defer(() => removeBundle(store, record.id));
  // After the bundle: a record without one is of a container that is gone, and gives up its name.
  recordContainer(store, record);
  undo.defer(() => forgetContainer(store, record.id));
  for (const endpoint of plan.endpoints) addEndpoint(store, { ...endpoint, containerId: record.id });
  for (const { path, content } of plan.files) writeBundleFile(bundle, path.slice('/etc/'.length), content);
  writeBundleFile(bundle, eventAttributesFile, eventAttributes(record, plan.imageLabels));
  writeBundleFile(bundle, 'config.json', JSON.stringify(plan.spec));
  if (options.cidfile !== undefined) undo.defer(writeCidfile(options.cidfile, record.id));
  containerEvent(store, record, 'create');
  const made = undo.move();
  let isKept = false;
  return {
    bundle,
    keep() {
      isKept = true;
    },
    [Symbol.dispose]() {
      if (isKept) kernel.close(bundle.descriptor);
      else made.dispose();
    },
  };
}

/** Makes a container that is not started. Returns its id. Throws what makeContainer throws. */
export function createContainer(store: Store, plan: ContainerPlan): string {
  using made = makeContainer(store, plan);
  writeState(store, plan.record.id, { status: 'created' });
  made.keep();
  return plan.record.id;
}

/** Returns what takes the file away again. Throws `conflict` where there is one already. */
function writeCidfile(path: string, id: string): () => void {
  try {
    writeFileSync(path, id, { flag: 'wx' });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new TsdockerError(
      exists ? 'conflict' : 'usage',
      `the container id file ${path} ${exists ? 'exists already' : 'cannot be written'}`,
      {
        cause,
        ...(exists ? { hint: 'make sure that its container is gone, and delete it' } : {}),
      },
    );
  }
  return () => rmSync(path, { force: true });
}

/** What `-v` binds and is missing becomes a folder, as in Docker. */
export function makeMissingSources({ missingSources }: Pick<ContainerPlan, 'missingSources'>): void {
  for (const path of missingSources) mkdirSync(path, { recursive: true });
}
