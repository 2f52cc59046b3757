/* SPDX-License-Identifier: BSD-2-Clause */
#include "image.h"
#include <loader/load.h>
#include <pagoda/layout.h>
#include <pagoda/startup.h>

#include "generated/pager_client.h"

/* Files of the archive never change, so what was read once stays true. Replaced in turn. */
#define KEPT_IMAGES 16

static struct image kept[KEPT_IMAGES];
static unsigned n_kept, next_replaced;

static const struct image *find_kept(uint64_t file)
{
    for (unsigned i = 0; i < n_kept; i++) {
        if (kept[i].file == file) {
            return &kept[i];
        }
    }
    return NULL;
}

static void keep(const struct image *image)
{
    if (n_kept < KEPT_IMAGES) {
        kept[n_kept++] = *image;
    } else {
        kept[next_replaced] = *image;
        next_replaced = (next_replaced + 1) % KEPT_IMAGES;
    }
}

/* Read and check the headers through a mapping of our own. */
static uint64_t read_program(uint64_t file, uint64_t size, struct elf_program *out)
{
    uint64_t va;
    if (size == 0) {
        return PAGODA_ERR_NOT_EXECUTABLE;
    }
    if (pager_region_map_file(LAYOUT_CAP_PAGER, 0, 0, size, PAGER_PROT_READ, 0, file, 0, size, &va)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    struct elf_memory memory;
    struct elf_source source = elf_memory_source(&memory, (const void *)va, size);
    enum elf_status status = load_check(&source, out);
    pager_region_unmap(LAYOUT_CAP_PAGER, 0, va, size);
    return status == ELF_OK ? 0 : PAGODA_ERR_NOT_EXECUTABLE;
}

uint64_t image_open(const char *path, struct image *out)
{
    uint64_t size, mode;
    uint64_t error = (uint64_t)pager_file_open(PROCESS_CAP_PAGER, path, &out->file, &size, &mode);
    if (error) {
        return error;
    }
    const struct image *known = find_kept(out->file);
    if (known) {
        *out = *known;
        return 0;
    }
    error = read_program(out->file, size, &out->program);
    if (!error) {
        keep(out);
    }
    return error;
}
