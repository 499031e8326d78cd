#!/bin/sh
# Measures tsdocker against docker, podman, runc, skopeo and umoci where Debian's packages of them are installed; writes docs/benchmarks.md.
set -eu
cd "$(dirname "$0")/.."
sh tools/prepare.sh
PATH=$PWD/$(echo node_modules/node-linux-*/bin | cut -d' ' -f1):$PATH exec node test/bench/bench.ts "$@"
