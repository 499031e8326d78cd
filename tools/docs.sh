#!/bin/sh
# Writes the pages that are made from tables: docs/reference.md.
set -eu
cd "$(dirname "$0")/.."
sh tools/prepare.sh
PATH=$PWD/$(echo node_modules/node-linux-*/bin | cut -d' ' -f1):$PATH exec node tools/docs.ts
