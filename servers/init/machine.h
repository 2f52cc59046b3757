/* SPDX-License-Identifier: BSD-2-Clause */
/* What init wants to know from the device tree: model, boot arguments, the UART of the console, where disks may be. Pure (libfdt over bytes in memory). */
#ifndef INIT_MACHINE_H
#define INIT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_MODEL_MAX 127

#define MACHINE_DEVICES_MAX 40 /* virt has 32 places for virtio devices */

/* A device that may be a disk. */
enum machine_device_kind { MACHINE_VIRTIO, MACHINE_SDHCI };
struct machine_device {
    enum machine_device_kind kind;
    uint64_t pa;          /* registers */
    uint32_t irq;
    bool edge;            /* the interrupt is edge-triggered */
    bool has_card_detect; /* SDHCI: its card-detect bit means something (no property broken-cd) */
};

struct machine {
    const char *arguments;             /* /chosen/bootargs, all of it, where it stands in the tree; "" when absent */
    char model[MACHINE_MODEL_MAX + 1]; /* the root's model, cut to fit */
    uint64_t uart_pa;                  /* registers of the PL011; 0: none */
    uint32_t uart_irq;                 /* its interrupt ID */
    unsigned n_devices;
    struct machine_device devices[MACHINE_DEVICES_MAX]; /* in order of address; of virtio devices only those that are coherent with the caches */
};

/* machine_read: false when `fdt` is not a device tree of at most `limit` bytes; *out is then empty. The tree must stay: *out points into it. */
bool machine_read(const void *fdt, size_t limit, struct machine *out);

/*
 * machine_argument: the value of KEY=VALUE among the blank-separated boot arguments, %XX decoded. Of several the last one counts, as in
 * the boot stage (platform/boot/arguments.h).
 *   value  room bytes, NUL-terminated; undefined after an error
 * Returns the length or one of enum machine_argument_error, which are negative.
 */
enum machine_argument_error {
    MACHINE_ARGUMENT_ABSENT = -1,
    MACHINE_ARGUMENT_BAD = -2,  /* %XX that is no character */
    MACHINE_ARGUMENT_LONG = -3, /* does not fit */
};
int machine_argument(const char *arguments, const char *key, char *value, size_t room);

/* machine_number: the number that a value is as a whole, decimal, or hexadecimal after 0x; false: it is none from `least` to `most`
 * (below UINT64_MAX, which is what too many digits are). *number changes on success only. */
bool machine_number(const char *value, uint64_t least, uint64_t most, uint64_t *number);

#endif
