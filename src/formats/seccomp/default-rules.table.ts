import type { ProfileRule } from './profile-types.ts'

/**
 * Docker's default set of system calls as a table of our own. Facts: moby/profiles of August 2026 (MobyDefault.json). One
 * difference: `socketcall` answers ENOSYS. Through that multiplexer of 32-bit programs the family of a socket lies behind a
 * pointer that no filter can read, so that allowing it gives AF_ALG and AF_VSOCK to everyone [CVE-2026-31431].
 */

/** Who a process is. */
const IDENTITIES = words(`
  capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getpid
  getppid getresgid getresgid32 getresuid getresuid32 getsid gettid getuid getuid32 setfsgid setfsgid32 setfsuid
  setfsuid32 setgid setgid32 setgroups setgroups32 setpgid setregid setregid32 setresgid setresgid32 setresuid
  setresuid32 setreuid setreuid32 setsid setuid setuid32
`)

/** Signals and waiting for processes. */
const SIGNALS = words(`
  kill pause pidfd_open pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask
  rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
  sigaltstack signalfd signalfd4 sigprocmask sigreturn tgkill tkill wait4 waitid waitpid
`)

/** Clocks and timers. */
const TIME = words(`
  adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
  clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create
  timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create
  timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times
`)

/** Scheduling, limits, accounting. */
const SCHEDULING = words(`
  getcpu getpriority getrlimit getrusage ioprio_get ioprio_set membarrier prlimit64 sched_getaffinity
  sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler
  sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
  sched_setscheduler sched_yield setpriority setrlimit sysinfo ugetrlimit
`)

/** Memory. */
const MEMORY = words(`
  brk madvise map_shadow_stack memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect
  mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease
  remap_file_pages
`)

/** Sockets. */
const NETWORK = words(`
  accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64
  recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketpair
`)

/** System V and POSIX message queues, semaphores, shared memory; futexes. */
const IPC = words(`
  futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list ipc mq_getsetattr mq_notify
  mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv
  msgsnd semctl semget semop semtimedop semtimedop_time64 set_robust_list shmat shmctl shmdt shmget
`)

/** Processes, threads and their own restrictions. */
const PROCESSES = words(`
  execve execveat exit exit_group fork getrandom get_thread_area landlock_add_rule landlock_create_ruleset
  landlock_restrict_self prctl riscv_hwprobe rseq seccomp set_thread_area set_tid_address umask uname uretprobe
  vfork
`)

/** Waiting for descriptors, asynchronous input and output. */
const EVENTS = words(`
  epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
  eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
  io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit _newselect poll ppoll ppoll_time64 pselect6
  pselect6_time64 select
`)

/** Extended attributes, owners, modes, times of files. */
const ATTRIBUTES = words(`
  chmod chown chown32 fchmod fchmodat fchmodat2 fchown fchown32 fchownat fgetxattr flistxattr fremovexattr
  fsetxattr futimesat getxattr getxattrat lchown lchown32 lgetxattr listxattr listxattrat llistxattr
  lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat utime utimensat utimensat_time64 utimes
`)

/** Names, directories and file systems. */
const FILES = words(`
  access chdir creat faccessat faccessat2 fchdir fstat fstat64 fstatat64 fstatfs fstatfs64 ftruncate ftruncate64
  getcwd getdents getdents64 link linkat listmount lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at
  newfstatat open openat openat2 readlink readlinkat rename renameat renameat2 rmdir stat stat64 statfs statfs64
  statmount statx symlink symlinkat sync sync_file_range syncfs truncate truncate64 unlink unlinkat
`)

/** Reading, writing and holding descriptors. */
const DESCRIPTORS = words(`
  cachestat close close_range copy_file_range dup dup2 dup3 fadvise64 fadvise64_64 fallocate fcntl fcntl64
  fdatasync flock fsync ioctl _llseek lseek pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read
  readahead readv sendfile sendfile64 splice tee vmsplice write writev
`)

const EVERYWHERE = [
  ...IDENTITIES,
  ...SIGNALS,
  ...TIME,
  ...SCHEDULING,
  ...MEMORY,
  ...NETWORK,
  ...IPC,
  ...PROCESSES,
  ...EVENTS,
  ...ATTRIBUTES,
  ...FILES,
  ...DESCRIPTORS,
]

const ENOSYS = 38
/** socket(2) families that reach host-wide kernel code: AF_ALG 38, AF_VSOCK 40. */
const AF_ALG = 38
const AF_VSOCK = 40
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const CLONE_NEW_NAMESPACES = 0x7e020000
/** PER_LINUX, PER_LINUX32, UNAME26, both, and "tell me". */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff]

/** Order matters: `socketcall` stands before the rules of `socket`, for which libseccomp makes rules of the multiplexer too. */
export const DEFAULT_RULES: ProfileRule[] = [
  { names: ['socketcall'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  allow(EVERYWHERE),
  allow(['process_vm_readv', 'process_vm_writev', 'ptrace'], { includes: { minKernel: '4.8' } }),
  allow(['socket'], { args: [{ index: 0, value: AF_ALG, op: 'SCMP_CMP_LT' }] }),
  allow(['socket'], { args: [{ index: 0, value: AF_ALG + 1, op: 'SCMP_CMP_EQ' }] }),
  allow(['socket'], { args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_GT' }] }),
  ...PERSONALITIES.map(value => allow(['personality'], { args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] })),
  ...forArchitectures(),
  ...forCapabilities(),
  allow(['clone'], {
    args: [{ index: 0, value: CLONE_NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    excludes: { caps: ['CAP_SYS_ADMIN'], arches: ['s390', 's390x'] },
  }),
  allow(['clone'], {
    args: [{ index: 1, value: CLONE_NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    includes: { arches: ['s390', 's390x'] },
    excludes: { caps: ['CAP_SYS_ADMIN'] },
  }),
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, excludes: { caps: ['CAP_SYS_ADMIN'] } },
]

function forArchitectures(): ProfileRule[] {
  const on = (arches: string[], names: string) => allow(words(names), { includes: { arches } })
  return [
    on(['ppc64le'], 'sync_file_range2 swapcontext'),
    on(['arm', 'arm64'], 'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls'),
    on(['amd64', 'x32'], 'arch_prctl'),
    on(['amd64', 'x32', 'x86'], 'modify_ldt'),
    on(['s390', 's390x'], 's390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr'),
    on(['riscv64'], 'riscv_flush_icache'),
  ]
}

function forCapabilities(): ProfileRule[] {
  const having = (cap: string, names: string) => allow(words(names), { includes: { caps: [cap] } })
  return [
    having('CAP_DAC_READ_SEARCH', 'open_by_handle_at'),
    having(
      'CAP_SYS_ADMIN',
      `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
       lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open
       quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`,
    ),
    having('CAP_SYS_BOOT', 'reboot'),
    having('CAP_SYS_CHROOT', 'chroot'),
    having('CAP_SYS_MODULE', 'delete_module init_module finit_module'),
    having('CAP_SYS_PACCT', 'acct'),
    having('CAP_SYS_PTRACE', 'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace'),
    having('CAP_SYS_RAWIO', 'iopl ioperm'),
    having('CAP_SYS_TIME', 'settimeofday stime clock_settime clock_settime64'),
    having('CAP_SYS_TTY_CONFIG', 'vhangup'),
    having('CAP_SYS_NICE', 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node'),
    having('CAP_SYSLOG', 'syslog'),
    having('CAP_BPF', 'bpf'),
    having('CAP_PERFMON', 'perf_event_open'),
  ]
}

function allow(names: string[], more: Partial<ProfileRule> = {}): ProfileRule {
  return { names, action: 'SCMP_ACT_ALLOW', ...more }
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
