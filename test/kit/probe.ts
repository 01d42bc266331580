/**
 * A program that makes system calls which a container should not be able to make, and prints `name errno` for each (0: it
 * was let through). Compiled into a test's image, so that the real filter of a real container is asked.
 */
export const PROBE = String.raw`
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static char space[4096];
static void told(const char *name, long result) { printf("%s %d\n", name, result < 0 ? errno : 0); }
#define CALL(name, ...) told(#name, syscall(SYS_##name, __VA_ARGS__))

int main(void) {
  told("AF_ALG", socket(38, SOCK_SEQPACKET, 0));
  told("AF_VSOCK", socket(40, SOCK_STREAM, 0));
  CALL(keyctl, KEYCTL_GET_KEYRING_ID, -3, 1, 0, 0);
  CALL(add_key, "user", "x", "y", 1, -3);
  CALL(request_key, "user", "x", 0, -3);
  CALL(io_uring_setup, 4, space);
  CALL(userfaultfd, 0);
  CALL(bpf, 0, space, 128);
  CALL(perf_event_open, space, 0, -1, -1, 0);
  CALL(open_by_handle_at, AT_FDCWD, space, O_RDONLY);
  CALL(unshare, CLONE_NEWUSER);
  CALL(unshare, CLONE_NEWNS);
  CALL(mount, "none", "/tmp", "tmpfs", 0, 0);
  CALL(fsopen, "cgroup2", 0);
  CALL(clone3, space, 64);
  CALL(kexec_load, 0, 0, 0, 0);
  CALL(init_module, space, 0, "");
  CALL(setns, 0, 0);
  CALL(pivot_root, "/", "/");
  CALL(swapon, "/x", 0);
  CALL(acct, 0);
  told("TIOCSTI", ioctl(0, 0x5412, "x"));
#ifdef __x86_64__
  static unsigned arguments[3] = {38, SOCK_SEQPACKET, 0};
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(102), "b"(1), "c"((unsigned)(unsigned long)arguments) : "memory", "r8", "r9", "r10", "r11");
  errno = (int)-result;
  told("socketcall", result < 0 ? -1 : 0);
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(359), "b"(38), "c"(SOCK_SEQPACKET), "d"(0) : "memory", "r8", "r9", "r10", "r11");
  errno = (int)-result;
  told("socket32", result < 0 ? -1 : 0);
#endif
  return 0;
}
`
