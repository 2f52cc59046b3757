/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain capability: puts threads into scheduling domains and sets the domain schedule. There is one domain. */
#ifndef KERNEL_OBJECT_DOMAIN_H
#define KERNEL_OBJECT_DOMAIN_H

#include "object/error.h"

error_t domain_invoke(struct invocation *inv);

#endif
