/* SPDX-License-Identifier: BSD-2-Clause */
/* <time.h> of picolibc 1.8.10 uses pid_t without defining it once the POSIX clocks are asked for; this makes it stand alone. */
#ifndef PAGODA_LIBC_TIME_H
#define PAGODA_LIBC_TIME_H

#include <sys/types.h>
#include_next <time.h>

#endif
