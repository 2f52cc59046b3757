/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio newc: a header of 110 ASCII characters (magic and 13 fields of 8 hexadecimal digits), the name, padding to 4 bytes, the
 * data, padding to 4 bytes; the last entry is called TRAILER!!!. The name may be followed by more NULs than needed: that is how
 * mkarchive.py brings data to page boundaries.
 */
#include <loader/archive.h>
#include <string.h>

#define HEADER_BYTES 110
#define MAGIC "070701"
#define TRAILER "TRAILER!!!"

enum header_field { FIELD_MODE = 1, FIELD_SIZE = 6, FIELD_NAME_SIZE = 11 };

static bool hex_digit(uint8_t c, uint32_t *value)
{
    if (c >= '0' && c <= '9') {
        *value = c - '0';
    } else if (c >= 'a' && c <= 'f') {
        *value = c - 'a' + 10u;
    } else if (c >= 'A' && c <= 'F') {
        *value = c - 'A' + 10u;
    } else {
        return false;
    }
    return true;
}

static bool header_field(const uint8_t *header, enum header_field field, uint32_t *out)
{
    const uint8_t *digits = header + 6 + 8 * (unsigned)field;
    uint32_t value = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint32_t digit;
        if (!hex_digit(digits[i], &digit)) {
            return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static uint64_t align4(uint64_t offset)
{
    return (offset + 3) & ~3ull;
}

const char *archive_path(const char *path)
{
    for (;;) {
        if (path[0] == '/') {
            path++;
        } else if (path[0] == '.' && path[1] == '/') {
            path += 2;
        } else {
            return path;
        }
    }
}

/* One entry at `offset`, trailer included; *next is where the following header stands. Sums cannot overflow: sizes are 32 bits
 * and limits are lengths of memory. */
static enum archive_status read_entry(const uint8_t *base, uint64_t limit, uint64_t offset, struct archive_file *file, uint64_t *next)
{
    uint32_t mode, size, name_size;
    if (offset > limit || limit - offset < HEADER_BYTES) {
        return ARCHIVE_TRUNCATED;
    }
    const uint8_t *header = base + offset;
    if (memcmp(header, MAGIC, 6) != 0) {
        return ARCHIVE_NOT_CPIO;
    }
    if (!header_field(header, FIELD_MODE, &mode) || !header_field(header, FIELD_SIZE, &size)
        || !header_field(header, FIELD_NAME_SIZE, &name_size)) {
        return ARCHIVE_BAD_FIELD;
    }
    uint64_t name = offset + HEADER_BYTES;
    uint64_t data = align4(name + name_size);
    if (name_size == 0 || data > limit || limit - data < size) {
        return ARCHIVE_TRUNCATED;
    }
    if (base[name + name_size - 1] != 0) {
        return ARCHIVE_BAD_FIELD;
    }
    *file = (struct archive_file){
        .path = archive_path((const char *)base + name), .data = base + data, .offset = data, .size = size, .mode = mode};
    *next = align4(data + size);
    return strcmp((const char *)base + name, TRAILER) == 0 ? ARCHIVE_END : ARCHIVE_OK;
}

enum archive_status archive_open(const void *base, uint64_t limit, struct archive *out)
{
    struct archive_file file;
    uint64_t offset = 0, files = 0;
    enum archive_status status;
    while ((status = read_entry(base, limit, offset, &file, &offset)) == ARCHIVE_OK) {
        files++;
    }
    if (status != ARCHIVE_END) {
        return status;
    }
    *out = (struct archive){.base = base, .length = offset < limit ? offset : limit, .n_files = files};
    return ARCHIVE_OK;
}

enum archive_status archive_next(const struct archive *archive, uint64_t *cursor, struct archive_file *out)
{
    struct archive_file file;
    uint64_t next;
    enum archive_status status = read_entry(archive->base, archive->length, *cursor, &file, &next);
    if (status == ARCHIVE_OK) {
        *out = file;
        *cursor = next;
    }
    return status;
}

bool archive_find(const struct archive *archive, const char *path, struct archive_file *out)
{
    struct archive_file file;
    uint64_t cursor = 0;
    path = archive_path(path);
    while (archive_next(archive, &cursor, &file) == ARCHIVE_OK) {
        if (strcmp(file.path, path) == 0) {
            *out = file;
            return true;
        }
    }
    return false;
}

const char *archive_status_text(enum archive_status status)
{
    switch (status) {
    case ARCHIVE_OK:
        return "sound";
    case ARCHIVE_END:
        return "end of archive";
    case ARCHIVE_NOT_CPIO:
        return "no cpio header";
    case ARCHIVE_TRUNCATED:
        return "cut off before its end";
    case ARCHIVE_BAD_FIELD:
        return "a damaged header";
    }
    return "unknown";
}
