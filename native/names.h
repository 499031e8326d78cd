/* The names that a container's networks have, from files in the format of hosts(5): addresses and names, no system call. */
#pragma once

#include "dns.h"

enum { MOST_NAMES = 1 << 14, MOST_NAME_BYTES = 1 << 19 };

void names_clear(void);

/* Adds what a file of so many bytes has, which is changed thereby. Malformed lines, and what there is no more room for, are passed over. */
void names_add(char *text, uint32_t size);

/* Adds what is known of the name in question. Returns 0 where it is not known at all. */
int names_answer(const struct question *question, struct answer *answer);
