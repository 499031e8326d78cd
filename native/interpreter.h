#ifndef TSDOCKER_INTERPRETER_H
#define TSDOCKER_INTERPRETER_H

/* Reads a launch program from `launch` and makes its calls. `parent` gets the pid (4 bytes) of the process that a
 * branch step cloned. Returns only where the program ends without an execve: 0, or 1 after a reported failure. */
int interpret(int launch, int parent);

#endif
