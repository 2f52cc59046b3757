/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: Devicetree Specification 0.4; bindings arm,pl011, arm,gic (interrupts = <kind number flags>), virtio,mmio,
 * brcm,bcm2835-sdhci and brcm,bcm2711-emmc2, mmc-controller (broken-cd).
 */
#include "machine.h"
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

/* A string property where it stands; NULL when it is absent or not NUL-terminated. */
static const char *find_string(const void *fdt, int node, const char *name)
{
    int length;
    const char *value = fdt_getprop(fdt, node, name, &length);
    return value && length > 0 && value[length - 1] == 0 ? value : NULL;
}

/* A copy of it, cut to fit. False when there is none. */
static bool copy_string(const void *fdt, int node, const char *name, char *out, size_t room)
{
    const char *value = find_string(fdt, node, name);
    if (!value) {
        return false;
    }
    size_t n = strnlen(value, room - 1);
    memcpy(out, value, n);
    out[n] = 0;
    return true;
}

static bool is_enabled(const void *fdt, int node)
{
    char status[16];
    return !copy_string(fdt, node, "status", status, sizeof(status)) || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

static bool is_usable_uart(const void *fdt, int node)
{
    return node >= 0 && fdt_node_check_compatible(fdt, node, "arm,pl011") == 0 && is_enabled(fdt, node);
}

/* Where /chosen sends the console if that is a PL011, else the first PL011. */
static int find_uart(const void *fdt)
{
    char path[128];
    int chosen = fdt_path_offset(fdt, "/chosen");
    if (chosen >= 0 && copy_string(fdt, chosen, "stdout-path", path, sizeof(path))) {
        int node = fdt_path_offset_namelen(fdt, path, (int)strcspn(path, ":"));
        if (is_usable_uart(fdt, node)) {
            return node;
        }
    }
    int node = fdt_node_offset_by_compatible(fdt, -1, "arm,pl011");
    while (node >= 0 && !is_enabled(fdt, node)) {
        node = fdt_node_offset_by_compatible(fdt, node, "arm,pl011");
    }
    return node;
}

static uint64_t read_cells(const fdt32_t *cell, int n)
{
    uint64_t value = 0;
    while (n-- > 0) {
        value = value << 32 | fdt32_to_cpu(*cell++);
    }
    return value;
}

static bool are_cell_counts(int a, int b, int c)
{
    return a >= 1 && a <= 2 && b >= 1 && b <= 2 && c >= 1 && c <= 2;
}

/* An address on `bus` as the bus's parent sees it. No `ranges` at all: not visible there; empty ones: the same address. */
static bool translate_up(const void *fdt, int bus, int parent, uint64_t *address)
{
    int length, own = fdt_address_cells(fdt, bus), sizes = fdt_size_cells(fdt, bus), up = fdt_address_cells(fdt, parent);
    const fdt32_t *range = fdt_getprop(fdt, bus, "ranges", &length);
    if (!range || length == 0 || !are_cell_counts(own, sizes, up)) {
        return range && length == 0;
    }
    int entry = own + up + sizes;
    for (int n = length / 4 / entry; n > 0; n--, range += entry) {
        uint64_t base = read_cells(range, own);
        if (*address >= base && *address - base < read_cells(range + own + up, sizes)) {
            *address = *address - base + read_cells(range + own, up);
            return true;
        }
    }
    return false;
}

static bool read_address(const void *fdt, int node, uint64_t *address)
{
    int length, bus = fdt_parent_offset(fdt, node);
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);
    int cells = bus >= 0 ? fdt_address_cells(fdt, bus) : 0;
    if (!reg || cells < 1 || cells > 2 || length < 4 * cells) {
        return false;
    }
    *address = read_cells(reg, cells);
    while (bus > 0) {
        int parent = fdt_parent_offset(fdt, bus);
        if (parent < 0 || !translate_up(fdt, bus, parent, address)) {
            return false;
        }
        bus = parent;
    }
    return true;
}

/* Kind 0: shared peripheral interrupt, IDs from 32; else private, from 16. */
static bool read_interrupt(const void *fdt, int node, uint32_t *irq, bool *edge)
{
    int length;
    const fdt32_t *cells = fdt_getprop(fdt, node, "interrupts", &length);
    if (!cells || length < 12) {
        return false;
    }
    *irq = fdt32_to_cpu(cells[1]) + (fdt32_to_cpu(cells[0]) == 0 ? 32 : 16);
    *edge = fdt32_to_cpu(cells[2]) & 3; /* rising, falling */
    return true;
}

static void add_device(struct machine *m, struct machine_device device)
{
    unsigned at = m->n_devices;
    if (at == MACHINE_DEVICES_MAX) {
        return;
    }
    for (; at > 0 && m->devices[at - 1].pa > device.pa; at--) {
        m->devices[at] = m->devices[at - 1];
    }
    m->devices[at] = device;
    m->n_devices++;
}

/* The drivers keep what a virtio device reads by DMA in ordinary memory: it must see the caches. */
static void add_devices(const void *fdt, const char *compatible, enum machine_device_kind kind, struct machine *m)
{
    for (int node = fdt_node_offset_by_compatible(fdt, -1, compatible); node >= 0;
         node = fdt_node_offset_by_compatible(fdt, node, compatible)) {
        struct machine_device d = {.kind = kind, .has_card_detect = !fdt_getprop(fdt, node, "broken-cd", NULL)};
        bool coherent = kind != MACHINE_VIRTIO || fdt_getprop(fdt, node, "dma-coherent", NULL);
        if (coherent && is_enabled(fdt, node) && read_address(fdt, node, &d.pa) && read_interrupt(fdt, node, &d.irq, &d.edge)) {
            add_device(m, d);
        }
    }
}

bool machine_read(const void *fdt, size_t limit, struct machine *out)
{
    *out = (struct machine){.arguments = ""};
    if (limit < sizeof(struct fdt_header) || fdt_check_header(fdt) != 0 || fdt_totalsize(fdt) > limit) {
        return false;
    }
    int chosen = fdt_path_offset(fdt, "/chosen");
    const char *arguments = chosen >= 0 ? find_string(fdt, chosen, "bootargs") : NULL;
    out->arguments = arguments ? arguments : "";
    copy_string(fdt, 0, "model", out->model, sizeof(out->model));
    int uart = find_uart(fdt);
    bool edge;
    if (uart >= 0 && (!read_address(fdt, uart, &out->uart_pa) || !read_interrupt(fdt, uart, &out->uart_irq, &edge))) {
        out->uart_pa = 0;
    }
    add_devices(fdt, "virtio,mmio", MACHINE_VIRTIO, out);
    add_devices(fdt, "brcm,bcm2711-emmc2", MACHINE_SDHCI, out);
    add_devices(fdt, "brcm,bcm2835-sdhci", MACHINE_SDHCI, out);
    return true;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int decode(const char *text, size_t length, char *value, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        int c = text[i];
        if (c == '%') {
            bool whole = i + 2 < length;
            int high = whole ? hex_value(text[i + 1]) : -1, low = whole ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high | low) == 0) {
                return MACHINE_ARGUMENT_BAD;
            }
            c = high << 4 | low;
            i += 2;
        }
        if (n + 1 >= room) {
            return MACHINE_ARGUMENT_LONG;
        }
        value[n++] = (char)c;
    }
    value[n] = 0;
    return (int)n;
}

int machine_argument(const char *arguments, const char *key, char *value, size_t room)
{
    size_t key_length = strlen(key), found_length = 0;
    const char *found = NULL;
    for (const char *at = arguments; *at;) {
        size_t length = strcspn(at, " \t\n");
        if (length > key_length && strncmp(at, key, key_length) == 0 && at[key_length] == '=') {
            found = at + key_length + 1;
            found_length = length - key_length - 1;
        }
        at += length;
        at += strspn(at, " \t\n");
    }
    return found ? decode(found, found_length, value, room) : MACHINE_ARGUMENT_ABSENT;
}

bool machine_number(const char *value, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end;
    int base = value[0] == '0' && (value[1] == 'x' || value[1] == 'X') ? 16 : 10;

    if (value[0] < '0' || value[0] > '9') {
        return false;
    }
    uint64_t n = strtoull(value, &end, base);
    if (*end != '\0' || n < least || n > most) {
        return false;
    }
    *number = n;
    return true;
}
