/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel window; see window.h. */
#include "vm/window.h"
#include "pagoda/boot_descriptor.h"

static struct boot_range ram[BOOT_MAX_RAM];
static unsigned n_ram;

void window_init(const struct boot_descriptor *boot)
{
    n_ram = boot->n_ram;
    for (unsigned i = 0; i < n_ram; i++)
        ram[i] = boot->ram[i];
}

bool window_covers(pa_t pa, size_t len)
{
    for (unsigned i = 0; i < n_ram; i++)
        if (pa >= ram[i].pa && pa - ram[i].pa < ram[i].size && len <= ram[i].size - (pa - ram[i].pa))
            return true;
    return false;
}
