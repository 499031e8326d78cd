/* The program of localhost/hello: says what has just happened. Freestanding, so that its image holds nothing else. */
#include "../../native/start.h"

static const char text[] =
    "Hello from tsdocker!\n"
    "\n"
    "You see this because:\n"
    " 1. the command line compiled what you asked for into a list of system calls,\n"
    " 2. a small shim made them: new namespaces, a cgroup, this image as the root,\n"
    " 3. and executed this program, the first process of its own little world.\n"
    "\n"
    "To see that list:      sudo tsdocker run --explain localhost/hello\n"
    "To look around inside: sudo tsdocker run -it --rm localhost/busybox sh\n";

int main(int argc, char **argv)
{
  (void)argc, (void)argv;
  return SYS(write, 1, text, sizeof text - 1) == sizeof text - 1 ? 0 : 1;
}
