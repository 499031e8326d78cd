#ifndef TSDOCKER_INTERPRETER_H
#define TSDOCKER_INTERPRETER_H

/* Reads a launch program from `launch`, a socket or a file, and makes its calls. `parent` gets the pid (4 bytes) of the process that
 * a branch step cloned, or -errno of what failed. Returns only where the program ends without an execve: 0, or 1 after a failure. */
int interpret(int launch, int parent);

#endif
