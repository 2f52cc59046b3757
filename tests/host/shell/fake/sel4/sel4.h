/* SPDX-License-Identifier: BSD-2-Clause */
/* For the host: the one type that the client stubs' headers need, and giving up the processor. The stubs themselves are in fake_servers.c. */
#ifndef FAKE_SEL4_H
#define FAKE_SEL4_H

#include <stdint.h>

typedef uint64_t seL4_CPtr;

static inline void seL4_Yield(void)
{
}

#endif
