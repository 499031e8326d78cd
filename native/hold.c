/* tsdocker-hold: does nothing until its standard input ends. Started in a new user namespace, it keeps the namespace alive
 * while TypeScript writes the id maps and a launch program joins it. */
#include "start.h"

int main(int argc, char **argv)
{
  char byte;
  (void)argc, (void)argv;
  while (SYS(read, 0, &byte, 1) == -EINTR)
    ;
  return 0;
}
