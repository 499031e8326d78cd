#!/bin/sh
# systemd.sh: how the image boots where systemd is its process 1 (run.sh --systemd). build-image.sh runs it in the image's
# root file system. Under emulation each program that starts costs a tenth of a second or more: what a throw-away machine
# without network card, udev and terminals does not need is masked. systemd.unit(5), systemd.generator(7).
set -eu
units=/etc/systemd/system

cat > $units/rig-mounts.service << END
[Unit]
Description=The disks of the test machine
DefaultDependencies=no
After=tmp.mount
Before=local-fs.target shutdown.target
Conflicts=shutdown.target
FailureAction=poweroff-force
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/job.sh mounts
END

# After the whole boot, and no part of what stops at its end: the machine is gone then.
cat > $units/rig-command.service << END
[Unit]
Description=The command of the test machine
After=multi-user.target
FailureAction=poweroff-force
[Service]
Type=exec
ExecStart=/usr/local/sbin/job.sh command
LimitNOFILE=1024:524288
OOMPolicy=continue
TasksMax=infinity
TimeoutStopSec=2
END

mkdir -p $units/local-fs.target.requires $units/multi-user.target.wants /etc/systemd/system-generators
ln -sf ../rig-mounts.service $units/local-fs.target.requires/
ln -sf ../rig-command.service $units/multi-user.target.wants/
ln -sf /usr/lib/systemd/system/multi-user.target $units/default.target

for generator in /usr/lib/systemd/system-generators/*; do
  ln -sf /dev/null "/etc/systemd/system-generators/${generator##*/}"
done
# Started by the test that wants them.
rm -f $units/multi-user.target.wants/ssh.service $units/sshd.service

for unit in \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  getty.target getty@tty1.service kmod-static-nodes.service ldconfig.service \
  modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service \
  modprobe@fuse.service modprobe@loop.service \
  proc-sys-fs-binfmt_misc.automount remote-fs.target sys-fs-fuse-connections.mount sys-kernel-config.mount \
  sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-binfmt.service \
  systemd-firstboot.service systemd-hwdb-update.service systemd-journal-catalog-update.service \
  systemd-journal-flush.service systemd-machine-id-commit.service systemd-modules-load.service \
  systemd-pcrmachine.service systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-pstore.service \
  systemd-random-seed.service systemd-remount-fs.service systemd-sysctl.service systemd-sysusers.service \
  systemd-creds.socket systemd-initctl.socket systemd-sysext.socket systemd-hibernate-clear.service systemd-hostnamed.socket \
  systemd-pcrextend.socket systemd-pcrlock.socket systemd-tpm2-setup-early.service systemd-tpm2-setup.service \
  systemd-timesyncd.service systemd-tmpfiles-clean.timer systemd-tmpfiles-setup-dev-early.service \
  systemd-udev-load-credentials.service systemd-udev-settle.service systemd-udev-trigger.service \
  systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd.service systemd-update-done.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-user-sessions.service
do
  ln -sf /dev/null $units/$unit
done

# What ignores the end of the machine delays a reboot for ten seconds, not for ninety.
mkdir -p /etc/systemd/system.conf.d /etc/systemd/logind.conf.d /etc/systemd/journald.conf.d
printf '[Manager]\nDefaultTimeoutStopSec=10s\n' > /etc/systemd/system.conf.d/rig.conf
printf '[Journal]\nStorage=volatile\n' > /etc/systemd/journald.conf.d/rig.conf
# The strict setting: what a session leaves behind is killed with it, root's too (who is spared where nobody is named).
printf '[Login]\nKillUserProcesses=yes\nKillExcludeUsers=nobody\n' > /etc/systemd/logind.conf.d/rig.conf

# A machine id, or each boot would make one; and root's way in by ssh, from the machine itself only (it has no network).
[ -s /etc/machine-id ] || systemd-machine-id-setup
mkdir -p /root/.ssh
[ -e /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' > /root/.ssh/config
chmod -R go= /root/.ssh
