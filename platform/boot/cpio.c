/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpio.h"

/* Header: six-character magic, then thirteen fields of eight hexadecimal digits. */
enum { HEADER_BYTES = 110, FIELD_MODE = 1, FIELD_FILE_SIZE = 6, FIELD_NAME_SIZE = 11, FIELDS = 13 };
enum { MODE_TYPE = 0170000, MODE_REGULAR = 0100000 };

struct entry {
    const char *name; /* terminated; padding after it may be more NULs */
    size_t name_size;
    const uint8_t *data;
    size_t data_size;
    uint32_t mode;
    size_t next; /* offset of the next header */
};

static size_t align4(size_t n) { return (n + 3) & ~(size_t)3; }

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

bool cpio_has_magic(const uint8_t *archive, size_t size)
{
    static const char magic[] = "070701";
    for (size_t i = 0; i < 6; i++)
        if (size < 6 || archive[i] != (uint8_t)magic[i])
            return false;
    return true;
}

static bool hex_field(const uint8_t *header, unsigned index, uint32_t *value)
{
    uint32_t sum = 0;
    for (const uint8_t *p = header + 6 + 8 * index, *end = p + 8; p < end; p++) {
        uint32_t letter = (*p | 0x20u) - 'a';
        uint32_t digit = *p >= '0' && *p <= '9' ? *p - (uint32_t)'0' : letter < 6 ? letter + 10 : 16;
        if (digit == 16)
            return false;
        sum = sum << 4 | digit;
    }
    *value = sum;
    return true;
}

static const char *read_entry(const uint8_t *archive, size_t size, size_t at, struct entry *e)
{
    uint32_t value[FIELDS];

    if (size - at < HEADER_BYTES)
        return "archive cut short";
    if (!cpio_has_magic(archive + at, size - at))
        return "not a cpio archive of the newc kind";
    for (unsigned i = 0; i < FIELDS; i++)
        if (!hex_field(archive + at, i, &value[i]))
            return "archive header damaged";
    e->name_size = value[FIELD_NAME_SIZE];
    e->data_size = value[FIELD_FILE_SIZE];
    e->mode = value[FIELD_MODE];
    size_t name_at = at + HEADER_BYTES;
    if (e->name_size < 2 || e->name_size > size - name_at)
        return "archive cut short in a name";
    e->name = (const char *)archive + name_at;
    if (e->name[e->name_size - 1] != '\0')
        return "archive name not terminated";
    size_t data_at = align4(name_at + e->name_size);
    if (data_at > size || e->data_size > size - data_at)
        return "archive cut short in a file";
    e->data = archive + data_at;
    e->next = align4(data_at + e->data_size);
    return NULL;
}

const char *cpio_check(const uint8_t *archive, size_t size, size_t *used)
{
    struct entry e;
    for (size_t at = 0;; at = e.next) {
        if (at > size)
            return "archive cut short";
        const char *wrong = read_entry(archive, size, at, &e);
        if (wrong)
            return wrong;
        if (same(e.name, "TRAILER!!!")) {
            *used = e.next < size ? e.next : size;
            return NULL;
        }
    }
}

static const char *plain_name(const char *name)
{
    if (name[0] == '.' && name[1] == '/')
        name += 2;
    while (name[0] == '/')
        name++;
    return name;
}

bool cpio_find(const uint8_t *archive, size_t size, const char *path, struct cpio_file *out)
{
    struct entry e;
    for (size_t at = 0; !read_entry(archive, size, at, &e); at = e.next) {
        if (same(e.name, "TRAILER!!!"))
            return false;
        if ((e.mode & MODE_TYPE) == MODE_REGULAR && same(plain_name(e.name), path)) {
            *out = (struct cpio_file){e.data, e.data_size};
            return true;
        }
    }
    return false;
}
