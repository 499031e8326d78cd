/* The entry point of a program without a C library: the kernel leaves argc, argv and envp on the stack (execve(2);
 * System V ABI, "Process Initialization"). A program that includes this defines `int main(int, char **)`. */
#ifndef TSDOCKER_START_H
#define TSDOCKER_START_H

#include "sys.h"

int main(int argc, char **argv);

__attribute__((used)) static void start(long *stack) {
  sys(__NR_exit_group, main((int)stack[0], (char **)(stack + 1)), 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x0, sp\n  and sp, x0, #-16\n  bl start\n");
#endif

/* The compiler may emit calls to these four even in freestanding code (GCC manual, "Standards"). */
void *memset(void *to, int byte, size_t size) {
  for (char *at = to; size--; at++)
    *at = (char)byte;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  char *at = to;
  for (const char *source = from; size--;)
    *at++ = *source++;
  return to;
}

#endif
