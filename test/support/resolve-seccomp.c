// Reads call names, a line each, and writes `name x86_64 i386 x32`: the numbers that the installed libseccomp gives them,
// negative where an architecture has no such call of its own. Names that it does not know at all are left out. The
// library is loaded by name, so that its headers are not needed.
#include <dlfcn.h>
#include <linux/audit.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef int resolver(uint32_t arch, const char *name);

int main(void) {
  void *library = dlopen("libseccomp.so.2", RTLD_NOW);
  resolver *resolve = library ? (resolver *)dlsym(library, "seccomp_syscall_resolve_name_arch") : NULL;
  if (!resolve) {
    fprintf(stderr, "resolve-seccomp: %s\n", dlerror());
    return 1;
  }
  char name[256];
  while (fgets(name, sizeof name, stdin)) {
    name[strcspn(name, "\n")] = 0;
    int native = resolve(AUDIT_ARCH_X86_64, name);
    if (native == -1) continue; // __NR_SCMP_ERROR
    // libseccomp's own word for x32, which shares its architecture with x86_64.
    printf("%s %d %d %d\n", name, native, resolve(AUDIT_ARCH_I386, name), resolve(EM_X86_64 | __AUDIT_ARCH_LE, name));
  }
  return 0;
}
