// The system calls that a container may make by default, by subject: the data of default-seccomp.ts. Names that an
// architecture has not are skipped by the compiler, so one list serves all (`_time64` and `…32` are calls of 32-bit ABIs).
// Verdicts follow Docker's default profile as of moby/profiles seccomp v0.2.3.

/** Calls that are harmless whatever their arguments and whatever the container's capabilities. */
export const always = `\
open openat openat2 creat close close_range read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 \
lseek _llseek dup dup2 dup3 fcntl fcntl64 flock ioctl pipe pipe2 sendfile sendfile64 splice tee vmsplice \
copy_file_range readahead fadvise64 fadvise64_64 fallocate ftruncate ftruncate64 truncate truncate64 sync syncfs fsync \
fdatasync sync_file_range cachestat \
stat stat64 fstat fstat64 lstat lstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 statmount listmount \
access faccessat faccessat2 chdir fchdir getcwd getdents getdents64 mkdir mkdirat rmdir mknod mknodat link linkat \
symlink symlinkat readlink readlinkat unlink unlinkat rename renameat renameat2 chmod fchmod fchmodat fchmodat2 umask \
chown chown32 fchown fchown32 lchown lchown32 fchownat utime utimes utimensat utimensat_time64 futimesat \
name_to_handle_at inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark \
getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr flistxattr \
listxattrat removexattr lremovexattr fremovexattr removexattrat \
select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl epoll_ctl_old \
epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 io_setup io_destroy io_submit \
io_cancel io_getevents io_pgetevents io_pgetevents_time64 \
brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall mseal \
remap_file_pages memfd_create memfd_secret membarrier map_shadow_stack pkey_alloc pkey_free pkey_mprotect \
execve execveat exit exit_group fork vfork wait4 waitid waitpid getpid getppid gettid getpgid getpgrp getsid setpgid \
setsid prctl getpriority setpriority getrlimit ugetrlimit setrlimit prlimit64 getrusage times getcpu set_tid_address \
set_thread_area get_thread_area set_robust_list get_robust_list rseq restart_syscall pidfd_open pidfd_send_signal \
process_mrelease \
futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue sched_yield sched_getaffinity sched_setaffinity \
sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max \
sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64 ioprio_get ioprio_set \
kill tkill tgkill pause alarm sigaltstack sigprocmask sigreturn rt_sigaction rt_sigpending rt_sigprocmask \
rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 \
getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32 \
getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32 \
setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget capset \
socketcall socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt \
send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64 \
ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget mq_open \
mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 \
time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 \
nanosleep adjtimex clock_adjtime clock_adjtime64 getitimer setitimer timer_create timer_delete timer_getoverrun \
timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 \
timerfd_settime timerfd_settime64 \
getrandom uname sysinfo seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self uretprobe \
riscv_hwprobe`;

/** Calls by which a process looks into another; safe for all since seccomp also checks after a tracer (Linux 4.8). */
export const tracing = 'ptrace process_vm_readv process_vm_writev';

/** Calls that only some processors have, by `process.arch`. */
export const byArchitecture: Readonly<Record<string, string>> = {
  x64: 'arch_prctl modify_ldt',
  arm64: 'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
};

/** Calls that a capability brings. */
export const byCapability: Readonly<Record<string, string>> = {
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr \
lsm_set_self_attr lsm_list_modules mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd \
setdomainname sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'init_module finit_module delete_module',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: `kcmp pidfd_getfd process_madvise ${tracing}`,
  CAP_SYS_RAWIO: 'iopl ioperm',
  CAP_SYS_TIME: 'settimeofday stime clock_settime clock_settime64',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYSLOG: 'syslog',
  CAP_BPF: 'bpf',
  CAP_PERFMON: 'perf_event_open',
};
