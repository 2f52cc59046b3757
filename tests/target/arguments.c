/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel passed: boot information and, in the device tree, the boot arguments. */
#include "harness.h"

#include <sel4/root.h>
#include <string.h>

const seL4_BootInfo *boot_info;
static const void *device_tree;
static unsigned long device_tree_size;

void arguments_init(void)
{
    boot_info = root_bootinfo();
    const seL4_BootInfoHeader *chunk = root_bootinfo_chunk(SEL4_BOOTINFO_HEADER_FDT);
    if (chunk != NULL) {
        device_tree = chunk + 1;
        device_tree_size = chunk->len - sizeof *chunk;
    }
}

/* The last place where the text stands. */
static const char *device_tree_find(const char *text)
{
    size_t length = strlen(text);
    const char *blob = device_tree;
    for (size_t i = device_tree_size > length ? device_tree_size - length : 0; blob != NULL && i-- > 0;)
        if (memcmp(blob + i, text, length) == 0)
            return blob + i;
    return NULL;
}

bool device_tree_mentions(const char *text)
{
    return device_tree_find(text) != NULL;
}

/* Good enough here: the keys asked for stand nowhere else in a device tree. Of several the last one counts. */
const char *boot_argument(const char *key, char *buffer, size_t size)
{
    const char *found = device_tree_find(key);
    if (found == NULL)
        return NULL;
    found += strlen(key);
    size_t n = 0;
    while (n + 1 < size && found[n] != '\0' && found[n] != ' ')
        n++;
    memcpy(buffer, found, n);
    buffer[n] = '\0';
    return buffer;
}

bool time_is_exact(void)
{
    return device_tree_mentions("time=exact");
}
