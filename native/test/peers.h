/* The clients of a shim under test, and what driver and clients share: random numbers with a seed, and checks that end it all. */
#ifndef TSDOCKER_PEERS_H
#define TSDOCKER_PEERS_H

#include "../sys.h"

#define SYS_REAL(name, ...) REAL_(__NR_##name, __VA_ARGS__, 0, 0, 0, 0, 0)
#define REAL_(number, a, b, c, d, ...) sys(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

enum { PATTERN = 251 }; /* byte number n of an output of the first process is n % PATTERN */

void random_begin(uint64_t seed);
uint64_t below(uint64_t bound);
void check(int is_right, const char *what);
void send_with_descriptor(int socket, const void *bytes, unsigned long size, int descriptor);

void peers_begin(void);           /* descriptor 4 is the first client's from here on */
void peers_move(void);            /* one of them does something */
void peers_note_end(const unsigned *written); /* a process, perhaps the first one, has ended after so much output */
void peers_end(void);             /* all go */
void peers_stop_container(void);  /* one comes to stop it */
void peers_report(void);

#endif
