/* tsdocker-steps: runs a launch program that makes no container, in a process of one thread: what TypeScript cannot call
 * itself, such as setns(2) to a mount namespace. It also keeps the namespaces it was started in alive: without a program, or
 * when one waits, it does nothing until its standard input, which is the launch socket, ends. */
#include "program.h"
#include "start.h"

int main(int argc, char **argv) {
  (void)argc, (void)argv;
  return interpret(0, -1);
}
