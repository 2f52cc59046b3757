/* SPDX-License-Identifier: BSD-2-Clause */
#include <loader/load.h>
#include <pagoda/layout.h>

#include "generated/pager_client.h"

#define WRITE_MAX 880 /* bytes that one pager.space_write carries */

enum elf_status load_check(const struct elf_source *source, struct elf_program *program)
{
    return elf_check(source, LAYOUT_PROGRAM_VA, LAYOUT_HEAP_VA, program);
}

static uint64_t protection(uint32_t rights)
{
    return ((rights & ELF_READ) ? PAGER_PROT_READ : 0) | ((rights & ELF_WRITE) ? PAGER_PROT_WRITE : 0)
        | ((rights & ELF_EXECUTE) ? PAGER_PROT_EXEC : 0);
}

static uint64_t map_segment(seL4_CPtr pager, uint64_t space, uint64_t file, const struct elf_segment *s)
{
    uint64_t prot = protection(s->rights);
    if (s->file_length == 0) {
        return (uint64_t)pager_region_map(pager, space, s->va, s->length, prot, PAGER_MAP_FIXED, NULL);
    }
    return (uint64_t)pager_region_map_file(pager, space, s->va, s->length, prot, PAGER_MAP_FIXED, file, s->file_offset, s->file_length, NULL);
}

static uint64_t write_block(seL4_CPtr pager, uint64_t space, const struct arguments_block *block)
{
    for (uint64_t done = 0; done < block->length;) {
        uint64_t n = block->length - done < WRITE_MAX ? block->length - done : WRITE_MAX;
        int error = pager_space_write(pager, space, block->sp + done, block->bytes + done, n);
        if (error) {
            return (uint64_t)error;
        }
        done += n;
    }
    return 0;
}

uint64_t load_program(seL4_CPtr pager, uint64_t space, uint64_t file, const struct elf_program *program, const uint8_t *strings,
    uint64_t length, struct load_start *start)
{
    static struct arguments_block block; /* too large for a server's stack to grow by on every start */
    switch (arguments_build(strings, length, LAYOUT_STACK_TOP, &block)) {
    case ARGUMENTS_OK:
        break;
    case ARGUMENTS_TOO_LONG:
        return PAGODA_ERR_TOO_LONG;
    case ARGUMENTS_UNTERMINATED:
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    for (uint32_t i = 0; i < program->n_segments; i++) {
        uint64_t error = map_segment(pager, space, file, &program->segments[i]);
        if (error) {
            return error;
        }
    }
    uint64_t error = (uint64_t)pager_region_map_stack(pager, space, LAYOUT_STACK_TOP, LAYOUT_STACK_RESERVE, 0, NULL);
    if (error) {
        return error;
    }
    *start = (struct load_start){.entry = program->entry, .sp = block.sp};
    return write_block(pager, space, &block);
}
