#!/bin/bash
# run.sh [OPTION...] COMMAND [ARGUMENT...]: boots a fresh test machine, runs COMMAND there as root in the checkout, which
# is at the same path inside as outside (read-only, by virtiofs), and comes back with its output and exit status.
#   -t               COMMAND gets this terminal: run.sh -t bash
#   --systemd        process 1 is systemd, and COMMAND a unit that starts when all others have
#   --memory SIZE    of the machine, 4G unless said        --smp N   its CPUs, 2 unless said
#   --timeout S      power is cut after S seconds, 900 unless said (exit status 124)
#   --results DIR    what COMMAND writes into $TSDOCKER_VM_RESULTS is copied to DIR at the end, also after a time-out
#   --debug          the kernel's messages on standard error
# No KVM, no network card; nothing of the machine outlives the call. Exit status 125: the machine itself failed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd -P)

say() { echo "vm: $*" >&2; }
terminal='' size='' memory=4G smp=2 limit=900 results='' init=/usr/local/sbin/init.sh reboot=-no-reboot
kernel_log='quiet loglevel=0'
while [[ ${1:-} == -* ]]; do
  case $1 in
    # Where the kernel has BPF's security module, systemd loads a program into it at every boot: a second here.
    --systemd) init="/usr/lib/systemd/systemd TERM=dumb lsm=landlock,lockdown,yama,apparmor" reboot='' ;;
    -t) terminal=${TERM:-dumb} ;;
    --memory) memory=$2; shift ;;
    --smp) smp=$2; shift ;;
    --timeout) limit=$2; shift ;;
    --results) results=$2; shift ;;
    --debug) kernel_log=loglevel=7 ;;
    *) say "unknown option $1"; exit 125 ;;
  esac
  shift
done
[ $# -gt 0 ] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 125; }

folders=$(setpriv --pdeathsig TERM "$here/build-image.sh") || exit 125
{ read -r tools; read -r image; } <<< "$folders"
exec 8< "$tools" 9< "$image"
flock --shared 8 && flock --shared 9 # build-image.sh removes no folder that is locked

rig=$(mktemp -d "${TMPDIR:-/tmp}/tsdocker-vm.XXXXXX")
running=()
finish() {
  trap '' INT TERM HUP
  { kill -KILL "${running[@]}" && wait "${running[@]}"; } 2> /dev/null || :
  [ -z "$terminal" ] || stty "$saved"
  [ -z "$results" ] || { mkdir -p "$results" && cp -rP "$rig/share/results/." "$results"; }
  rm -rf "$rig"
}
if [ "$terminal" ]; then saved=$(stty -g) size=$(stty size); else exec < /dev/null; fi
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$rig/share/results"
{
  printf '%s=%q\n' checkout "$checkout" terminal "$terminal" size "$size"
  printf 'command=('
  printf ' %q' "$@"
  printf ' )\n'
} > "$rig/share/job"

# The program dies with this script, however that ends: a SIGKILL runs no trap.
tool() {
  exec 8<&- 9<&-
  exec setpriv --pdeathsig KILL "$tools/usr/lib64/ld-linux-x86-64.so.2" \
    --library-path "$tools/usr/lib/x86_64-linux-gnu" "$tools/$1" "${@:2}"
}
# share TAG FOLDER OPTION...: serves FOLDER to the machine under the name TAG.
share() {
  tool usr/libexec/virtiofsd --shared-dir "$2" --socket-path "$rig/$1.sock" --sandbox=none --log-level=error \
    "${@:3}" < /dev/null &
  running+=($!)
}
share checkout "$checkout" --readonly --cache=always
share rig "$rig/share" --cache=auto
for _ in {1..100}; do [ -S "$rig/checkout.sock" ] && [ -S "$rig/rig.sock" ] && break; sleep .05; done

# Output goes through pipes of our own: QEMU would make our standard output non-blocking for whoever shares it.
exec 3> >(trap '' INT; exec cat)
copiers=($!)
exec 4> >(trap '' INT; exec cat >&2)
copiers+=($!)
if [ "$terminal" ]; then out=stdio,signal=off; else out=file,path=/dev/fdset/3,append=on; fi
tool usr/bin/qemu-system-x86_64 -L "$tools/usr/share/qemu" -L "$tools/usr/share/seabios" \
  -nodefaults -no-user-config ${reboot:+"$reboot"} -display none -add-fd fd=3,set=3 -add-fd fd=4,set=4 \
  -machine q35,usb=off,memory-backend=memory -accel tcg,thread=multi -cpu max -smp "$smp" -m "$memory" \
  -object "memory-backend-memfd,id=memory,size=$memory,share=on" -kernel "$image/vmlinuz" \
  -append "console=hvc0 $kernel_log root=/dev/nvme0n1 rw rootfstype=ext4 init=$init panic=-1 mitigations=off" \
  -drive "file=$image/root.img,format=raw,if=none,id=root,snapshot=on,cache=unsafe" -device nvme,drive=root,serial=root \
  -drive "file=$image/data.img,format=raw,if=none,id=data,snapshot=on,cache=unsafe" -device virtio-blk-pci,drive=data \
  -chardev "socket,id=checkout,path=$rig/checkout.sock" -device vhost-user-fs-pci,chardev=checkout,tag=checkout \
  -chardev "socket,id=rig,path=$rig/rig.sock" -device vhost-user-fs-pci,chardev=rig,tag=rig \
  -chardev file,id=err,path=/dev/fdset/4,append=on -chardev "$out,id=out" -device virtio-serial \
  -device virtconsole,chardev=err -device virtconsole,chardev=out <&0 &
machine=$!
running+=("$machine")
exec 3>&- 4>&-
# Only ever `wait` for one process: bash 5.2's `wait -n` sleeps on where others end in the same instant.
# shellcheck disable=SC2016 # expanded by sh
setpriv --pdeathsig KILL sh -c 'setpriv --pdeathsig KILL sleep "$1"; : > "$2/late"; kill -KILL "$3"' \
  sh "$limit" "$rig" "$machine" 8<&- 9<&- > /dev/null 2>&1 &
running+=($!)

wait "$machine" 2> /dev/null || :
if [ -e "$rig/late" ]; then
  say "stopped after $limit seconds"
  exit 124
fi
wait "${copiers[@]}"
if ! [ -s "$rig/share/status" ]; then
  say 'the machine stopped before the command did (--debug shows the kernel)'
  exit 125
fi
exit "$(< "$rig/share/status")"
