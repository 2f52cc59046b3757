/* SPDX-License-Identifier: BSD-2-Clause */
/* From server answers to errno. */
#include <errno.h>

#include "internal.h"

static __thread int last_error;

int pagoda_last_error(void)
{
    return last_error;
}

int pagoda_set_errno(int error)
{
    if (error == PAGODA_OK)
        return 0;
    last_error = error;
    errno = pagoda_error_errno((uint64_t)error);
    return -1;
}

int set_errno(int number)
{
    errno = number;
    return -1;
}
