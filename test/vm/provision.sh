#!/bin/sh
# provision.sh [PACKAGE...]: gives a Debian 13 system what the tests need inside, plus the packages named.
# The one description of the test machine, used twice: `vagrant up` runs it as a provisioner (Vagrantfile), and
# build-image.sh runs it in the root file system of the image that QEMU boots. There the packages are in already (the list
# comes from `provision.sh --packages`), so nothing is asked of the network. Safe to run again.
set -eu

packages='
  busybox-static
  dbus
  e2fsprogs
  iproute2
  kmod
  libatomic1
  libpam-systemd
  libstdc++6
  openssh-client
  openssh-server
  procps
  strace
  systemd
  systemd-sysv
  util-linux
'
if [ "${1:-}" = --packages ]; then
  # shellcheck disable=SC2086 # one word a package
  echo $packages
  exit
fi

missing=
for package in $packages "$@"; do
  [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = 'install ok installed' ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
  apt-get -q update
  # shellcheck disable=SC2086 # one word a package
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing
fi

# The engine's store. In the rig an empty ext4 disk is mounted here: overlay cannot use virtiofs as an upper layer.
mkdir -p /var/lib/tsdocker
chmod 0700 /var/lib/tsdocker
