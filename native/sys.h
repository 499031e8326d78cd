/* The system call interface for programs without a C library, on x86_64 and aarch64 (syscall(2), "Architecture calling
 * conventions"). What is in native/ runs between fork and exec, or lives
 * as long as a container: no libc means no locks, no allocation, no start-up work, and a few pages of memory. */
#pragma once

#include <asm/unistd.h>
#include <linux/errno.h>
#include <stddef.h>
#include <stdint.h>

/* Returns the kernel's answer: the result, or -errno. */
static inline long sys(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
#error "tsdocker runs on x86_64 and aarch64"
#endif
}

/* SYS(close, fd): one system call by its name in the man pages; arguments that are left out are 0. */
#define SYS(name, ...) SYS_(__NR_##name __VA_OPT__(, ) __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYS_(number, a, b, c, d, e, f, ...) sys(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
