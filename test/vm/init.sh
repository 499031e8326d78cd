#!/bin/bash
# init.sh: process 1 of the test machine, put into the image by build-image.sh. It makes the machine look like one that
# systemd booted (pure cgroup v2, shared mounts) and has job.sh do the rest. `run.sh --systemd` boots the real thing,
# which is seconds more under emulation.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

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
mount --make-rshared / # systemd does so too, and the kernel does not
ulimit -Hn 524288 # the kernel's own limit of 4096 is none that a Linux host has
source /usr/local/sbin/job.sh mounts
source /usr/local/sbin/job.sh command
