/* SPDX-License-Identifier: BSD-2-Clause */
#include "file.h"

#include "arena.h"

#include <loader/archive.h>
#include <string.h>

static struct file *files;
static uint64_t n_files;
static const uint8_t *archive_base;
static cptr_t archive_slot;

void files_init(const struct pager_start *start)
{
    struct archive archive;
    struct archive_file entry;
    uint64_t cursor = 0;

    archive_base = (const uint8_t *)(uintptr_t)start->archive_va;
    archive_slot = start->archive_slot;
    n_files = 0;
    if (start->archive_length == 0) {
        return;
    }
    enum archive_status status = archive_open(archive_base, start->archive_length, &archive);
    if (status != ARCHIVE_OK) {
        pager_panic(archive_status_text(status), status);
    }
    files = arena_memory(archive.n_files * sizeof *files);
    while (n_files < archive.n_files && archive_next(&archive, &cursor, &entry) == ARCHIVE_OK) {
        files[n_files++] = (struct file){.path = entry.path, .offset = entry.offset, .size = entry.size, .mode = entry.mode};
    }
}

const struct file *file_at(uint64_t number)
{
    return number < n_files ? &files[number] : NULL;
}

uint64_t file_find(const char *path)
{
    path = archive_path(path);
    for (uint64_t i = 0; i < n_files; i++) {
        if (strcmp(files[i].path, path) == 0) {
            return i;
        }
    }
    return UINT64_MAX;
}

const void *file_bytes(uint64_t offset)
{
    return archive_base + offset;
}

cptr_t archive_cap(uint32_t page)
{
    return archive_slot + page;
}
