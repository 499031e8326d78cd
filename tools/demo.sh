#!/bin/sh
# Runs a container from the embedded image with a memory, cpu and process limit, and shows what it sees. Where the host
# has no cgroup v2 controllers it says so and runs without the limits.
set -eu
cd "$(dirname "$0")/.."
[ "${TSDOCKER_VM:-}" ] || sh tools/prepare.sh # the virtual machine finds all built
controllers=$(cat /sys/fs/cgroup/cgroup.controllers 2>/dev/null || true)
case " $controllers " in
  *" memory "*) limits="--memory 64m --cpus 0.5 --pids-limit 32" ;;
  *)
    limits=
    echo "This host has no cgroup v2 controllers, so this runs without limits; npm run demo:vm shows them in a virtual machine."
    ;;
esac
# shellcheck disable=SC2016,SC2086 # the container's shell expands it; the limits are words
exec bin/tsdocker run --rm --network none --hostname demo $limits localhost/busybox sh -c '
  limit() { cat /sys/fs/cgroup/$1 2>/dev/null || echo "not limited here"; }
  echo "process    pid $$ of $(ls -d /proc/[0-9]* | wc -l) processes in sight"
  echo "user       $(id -un), with capabilities $(grep CapEff /proc/self/status | cut -f2)"
  echo "host name  $(hostname)"
  echo "root       $(mount | grep " / " | cut -d" " -f1,5), $(mount | wc -l) mounts, none of them in sight of the host"
  echo "network    $(ip -o link | cut -d: -f2 | tr -d " \n") only"
  echo "memory     $(limit memory.max)"
  echo "cpu        $(limit cpu.max)"
  echo "processes  $(limit pids.max)"
'
