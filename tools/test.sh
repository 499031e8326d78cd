#!/bin/sh
# The whole suite: unit tests, the tests that need root and this host, and those in the virtual machine. Installs what they
# need on a fresh Debian machine. Its last line: `N passed, N failed`, with `, N skipped` where any were.
set -eu
cd "$(dirname "$0")/.."
sh tools/prepare.sh

need=""
for pair in docker-registry:docker-registry skopeo:skopeo umoci:umoci runc:runc cppcheck:cppcheck strace:strace tmux:tmux pgrep:procps zstd:zstd fish:fish zsh:zsh fsck.erofs:erofs-utils ip:iproute2 nft:nftables iptables:iptables; do
  command -v "${pair%%:*}" >/dev/null || need="$need ${pair#*:}"
done
if [ -n "$need" ]; then
  echo "test: installing$need" >&2
  apt-get update -qq >/dev/null
  # shellcheck disable=SC2086 # a list of packages
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null
fi

PATH=$PWD/$(echo node_modules/node-linux-*/bin | cut -d' ' -f1):$PATH exec node tools/test.ts
