// What containerd makes of an image: a daemon of its own, in folders and a mount namespace of its own, for one look.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readCommandTar, type TreeEntry, tarWords } from './trees.ts';

const run = promisify(execFile);

/** @param layout The folder of an OCI image layout whose image is tagged `latest`. @param folder Empty; for its files. */
export async function containerdUnpack(layout: string, folder: string): Promise<Record<string, TreeEntry>> {
  writeFileSync(
    join(folder, 'config.toml'),
    `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${folder}/socket"
[ttrpc]
  address = "${folder}/ttrpc"
`,
  );
  await run('tar', ['--create', '--file', join(folder, 'image.tar'), '--directory', layout, '.']);
  const script = `
    cd "$1"; shift
    containerd --config config.toml >log 2>&1 &
    daemon=$!
    trap 'kill -9 $daemon; wait $daemon 2>/dev/null || true' EXIT
    for _ in $(seq 100); do [ -S socket ] && break; sleep 0.1; done
    ctr() { command ctr --address "$PWD/socket" "$@" >&2; }
    ctr images import --base-name example.test/image --snapshotter native image.tar
    mkdir shown
    ctr images mount --snapshotter native example.test/image:latest "$PWD/shown"
    cd shown
    "$@"`;
  return readCommandTar(['unshare', '--mount', 'sh', '-ec', script, 'sh', folder, 'tar', ...tarWords], '/');
}
