#!/bin/sh
# The quick gate, without root: format, lint, types, architecture and unit tests.
set -eu
cd "$(dirname "$0")/.."
sh tools/prepare.sh
PATH=$PWD/$(echo node_modules/node-linux-*/bin | cut -d' ' -f1):$PWD/node_modules/.bin:$PATH
biome check .
tsc
vitest run --project unit
