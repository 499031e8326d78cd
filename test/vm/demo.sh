#!/bin/bash
# demo.sh COMMAND [ARGUMENT...]: runs the demo's command in the test machine, for hosts that cannot set limits: what
# `npm run demo:vm` calls, after it has built what COMMAND needs (the checkout is read-only inside).
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 125; }
echo 'Booting a Debian 13 machine with pure cgroup v2 in QEMU. Its processor is emulated: all takes about 20 times longer.'
exec "$(dirname "${BASH_SOURCE[0]}")/run.sh" "$@"
