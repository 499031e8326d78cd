/* Included before all else (gcc -include): the system calls of a part under test go through its driver, which may answer them. */
#ifndef TSDOCKER_OUTSIDE_H
#define TSDOCKER_OUTSIDE_H

#include "../sys.h"

long outside(long number, long a, long b, long c, long d, long e, long f);

#undef SYS_
#define SYS_(number, a, b, c, d, e, f, ...) outside(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
