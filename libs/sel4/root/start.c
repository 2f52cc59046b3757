/* SPDX-License-Identifier: BSD-2-Clause */
/* Start-up of a root task in C. */
#include <stdlib.h>

#include "sel4/root.h"

extern void __libc_init_array(void);
extern int main(void);
void root_start(const seL4_BootInfo *info) __attribute__((noreturn));

static const seL4_BootInfo *bootinfo;

const seL4_BootInfo *root_bootinfo(void)
{
    return bootinfo;
}

const seL4_BootInfoHeader *root_bootinfo_chunk(seL4_Word id)
{
    const char *base = (const char *)bootinfo + seL4_BootInfoFrameSize;
    seL4_Word at = 0;
    while (at + sizeof(seL4_BootInfoHeader) <= bootinfo->extraLen) {
        const seL4_BootInfoHeader *chunk = (const void *)(base + at);
        if (chunk->len < sizeof *chunk || chunk->len > bootinfo->extraLen - at)
            return NULL;
        if (chunk->id == id)
            return chunk;
        at += chunk->len;
    }
    return NULL;
}

void root_start(const seL4_BootInfo *info)
{
    bootinfo = info;
    seL4_SetIPCBuffer(info->ipcBuffer);
    __libc_init_array();
    exit(main());
}
