/* SPDX-License-Identifier: BSD-2-Clause */
#include "image.h"
#include <loader/load.h>
#include <pagoda/layout.h>
#include <pagoda/startup.h>

#include "generated/pager_client.h"

uint64_t image_open(const char *path, struct image *out)
{
    uint64_t size, mode, va;
    uint64_t error = (uint64_t)pager_file_open(PROCESS_CAP_PAGER, path, &out->file, &size, &mode);
    if (error) {
        return error;
    }
    if (size == 0) {
        return PAGODA_ERR_NOT_EXECUTABLE;
    }
    error = (uint64_t)pager_region_map_file(LAYOUT_CAP_PAGER, 0, 0, size, PAGER_PROT_READ, 0, out->file, 0, size, &va);
    if (error) {
        return PAGODA_ERR_NO_MEMORY;
    }
    struct elf_memory memory;
    struct elf_source source = elf_memory_source(&memory, (const void *)va, size);
    enum elf_status status = load_check(&source, &out->program);
    pager_region_unmap(LAYOUT_CAP_PAGER, 0, va, size);
    return status == ELF_OK ? 0 : PAGODA_ERR_NOT_EXECUTABLE;
}
