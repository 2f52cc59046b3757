/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot arguments that concern the boot stage and the kernel. Others belong to programs and are left alone. */
#include "arguments.h"
#include "boot.h"

enum { MIN_HW_ASIDS = 2, MAX_HW_ASIDS = 65535, MIN_CNODE_BITS = 10, MAX_CNODE_BITS = 24 };

static void read_memory_limit(struct options *o, const char *text)
{
    struct argument a;
    o->memory_limit = UINT64_MAX;
    if (argument_find(text, "mem", &a) && (!argument_size(&a, &o->memory_limit) || !o->memory_limit))
        boot_fail("mem= wants a size such as 128M");
}

static uint32_t read_number(const char *text, const char *key, uint32_t min, uint32_t max)
{
    struct argument a;
    uint64_t value;
    if (!argument_find(text, key, &a))
        return 0;
    if (!argument_number(&a, &value) || value < min || value > max)
        boot_fail("%s= wants a number from %u to %u", key, min, max);
    return (uint32_t)value;
}

static uint32_t read_exports(const char *text, bool has_archive)
{
    struct argument list, item;
    uint32_t flags = 0;
    size_t position = 0;

    if (!argument_find(text, "export", &list))
        return has_archive ? BOOT_EXPORT_VCNT | BOOT_EXPORT_PMU : 0;
    while (argument_item(&list, &position, &item)) {
        if (argument_is(&item, "vcnt"))
            flags |= BOOT_EXPORT_VCNT;
        else if (argument_is(&item, "pmu"))
            flags |= BOOT_EXPORT_PMU;
        else if (argument_is(&item, "bench"))
            flags |= BOOT_BENCHMARK_CALLS;
        else if (!argument_is(&item, "") && !argument_is(&item, "none"))
            boot_fail("export= knows vcnt, pmu, bench and none");
    }
    return flags;
}

bool options_poweroff(const char *arguments)
{
    struct argument a;
    return argument_find(arguments, "poweroff", &a) && argument_is(&a, "on-stop");
}

void options_read(struct options *o, const char *arguments, bool has_archive)
{
    read_memory_limit(o, arguments);
    o->max_hw_asids = read_number(arguments, "asids", MIN_HW_ASIDS, MAX_HW_ASIDS);
    o->root_cnode_bits = read_number(arguments, "root_cnode_bits", MIN_CNODE_BITS, MAX_CNODE_BITS);
    o->flags = read_exports(arguments, has_archive);
    if (options_poweroff(arguments))
        o->flags |= BOOT_POWEROFF_ON_STOP;
}
