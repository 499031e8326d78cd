#!/bin/bash
# build-image.sh: makes what the test machine boots from, unless it is there, and prints two folders, one a line:
#   tools-HASH/  Debian 13's QEMU and virtiofsd (QEMU 7.2 of Debian 12 crashes its guests under software emulation)
#   image-HASH/  vmlinuz, root.img (the system: provision.sh, init.sh, job.sh, systemd.sh), data.img (an empty ext4 disk)
# HASH is taken over everything that the folder is made from. Needs root, apt and Debian's packages, no KVM and no loop
# device. The folders go to $TSDOCKER_VM_CACHE, build/vm in the checkout unless set. May run twice at the same time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TSDOCKER_VM_CACHE:-$(cd "$here/../.." && pwd)/build/vm}

say() { echo "build-image: $*" >&2; }
die() { say "$@"; exit 1; }

# The Debian mirror of this machine: where apt would take a package from that every Debian has.
mirror() {
  local uri
  uri=$(apt-get --print-uris download base-files 2> /dev/null | cut -d "'" -f 2)
  [ "$uri" ] && echo "${uri%/pool/*}"
}

# bootstrap VARIANT PACKAGES FOLDER: unpacks Debian 13 packages. A mount namespace of its own, so that no bind of /dev
# into the folder can outlive a kill and meet the next `rm -rf`; in the background, so that a signal is taken at once.
bootstrap() {
  setpriv --pdeathsig TERM unshare --mount mmdebstrap --mode=root --quiet --variant="$1" --include="$2" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/etc/kernel/postinst.d/*' \
    trixie "$3" "$(mirror)" >&2 &
  wait $!
}

# Never configured, only unpacked: run.sh starts the programs through the folder's own dynamic linker.
make_tools() {
  bootstrap extract qemu-system-x86,virtiofsd "$1"
}

# The cloud kernel has NVMe, ext4 and virtiofs built in: it needs no initrd, and makes none (postinst.d is left out).
make_image() {
  local root=$1/root packages
  packages=$("$here/provision.sh" --packages)
  bootstrap essential "linux-image-cloud-amd64,${packages// /,}" "$root"
  install -m 755 "${scripts[@]/#/$here/}" "$root/usr/local/sbin/"
  chroot "$root" /usr/local/sbin/provision.sh >&2
  chroot "$root" /usr/local/sbin/systemd.sh >&2
  printf 'vm\n' > "$root/etc/hostname"
  printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 vm\n' > "$root/etc/hosts"
  cp "$root"/boot/vmlinuz-* "$1/vmlinuz"
  rm -r "${root:?}/boot"
  mkfs_image "$1/root.img" 3G -L root -d "$root"
  mkfs_image "$1/data.img" 16G -L data
  rm -rf --one-file-system "$root"
}

# mkfs_image FILE SIZE OPTION...: a sparse ext4 image. No journal: the disk is thrown away with the machine.
mkfs_image() {
  truncate -s "$2" "$1"
  mke2fs -q -F -t ext4 -O ^has_journal -m 0 "${@:3}" "$1"
}

scripts=(provision.sh init.sh job.sh systemd.sh)
key() { sha256sum | cut -c 1-12; }
tools=$cache/tools-$(declare -f bootstrap make_tools | key)
image=$cache/image-$({ declare -f bootstrap make_image mkfs_image; cat "${scripts[@]/#/$here/}"; } | key)

if ! [ -d "$tools" ] || ! [ -d "$image" ]; then
  [ "$(uname -m)" = x86_64 ] || die "the test machine needs an x86_64 host, this one is $(uname -m)"
  [ "$(id -u)" = 0 ] || die 'building the test machine needs root: try sudo'
  mkdir -p "$cache"
  exec 9> "$cache/lock"
  flock 9
  # The lock is inherited by what we start: having it means that nobody builds, not even the orphan of a killed build.
  rm -rf --one-file-system "$cache"/*.new
  trap 'kill $(jobs -p) 2> /dev/null || :; wait; rm -rf --one-file-system "$cache"/*.new' EXIT
  trap 'exit 143' HUP INT TERM
  if ! type mmdebstrap mke2fs > /dev/null 2>&1 || ! mirror > /dev/null; then
    say 'installing mmdebstrap and e2fsprogs'
    apt-get -q update >&2 || say 'some package lists could not be fetched'
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends \
      mmdebstrap e2fsprogs >&2
  fi
  mirror > /dev/null || die "apt knows no Debian mirror: is this machine's /etc/apt/sources.list empty?"
  for part in tools image; do
    folder=${!part}
    [ -d "$folder" ] && continue # another process made it while we waited for the lock
    say "building $(basename "$folder") from Debian packages: about a minute"
    mkdir -p "$folder.new/made" "$folder.new/tmp"
    TMPDIR=$folder.new/tmp "make_$part" "$folder.new/made"
    mv "$folder.new/made" "$folder"
    rm -r "$folder.new"
    # Older ones go, but for those that a machine runs from: run.sh holds a lock on the folders it uses.
    for old in "$cache/$part-"*; do
      [ "$old" = "$folder" ] || flock --nonblock "$old" rm -rf "$old" || say "$(basename "$old") is in use, left alone"
    done
  done
fi
printf '%s\n' "$tools" "$image"
