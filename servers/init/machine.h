/* SPDX-License-Identifier: BSD-2-Clause */
/* What init wants to know from the device tree: model, boot arguments, the UART of the console. Pure (libfdt over bytes in memory). */
#ifndef INIT_MACHINE_H
#define INIT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_ARGUMENTS_MAX 1023
#define MACHINE_MODEL_MAX 127

struct machine {
    char arguments[MACHINE_ARGUMENTS_MAX + 1]; /* /chosen/bootargs, cut to fit */
    char model[MACHINE_MODEL_MAX + 1];         /* the root's model */
    uint64_t uart_pa;                          /* registers of the PL011; 0: none */
    uint32_t uart_irq;                         /* its interrupt ID */
};

/* machine_read: false when `fdt` is not a device tree of at most `limit` bytes; *out is then empty. */
bool machine_read(const void *fdt, size_t limit, struct machine *out);

/*
 * machine_argument: the value of KEY=VALUE among the blank-separated boot arguments, %XX decoded.
 *   value  room bytes, NUL-terminated
 * Returns the length, -1 when the key is absent, -2 when the value does not fit or is badly encoded.
 */
int machine_argument(const char *arguments, const char *key, char *value, size_t room);

#endif
