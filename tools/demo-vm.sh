#!/bin/sh
# The demo inside the virtual machine, on pure cgroup v2, where its limits hold.
set -eu
cd "$(dirname "$0")/.."
sh tools/prepare.sh
exec test/vm/demo.sh sh tools/demo.sh
