/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf.h"

enum { HEADER_BYTES = 64, PROGRAM_HEADER_BYTES = 56 };
enum { TYPE_EXECUTABLE = 2, TYPE_SHARED = 3, MACHINE_AARCH64 = 183, SEGMENT_LOAD = 1, SEGMENT_INTERPRETER = 3 };
#define PAGE_MASK 4095ull

/* Little-endian fields at any alignment. */
static uint64_t field(const uint8_t *p, unsigned bytes)
{
    uint64_t value = 0;
    while (bytes--)
        value = value << 8 | p[bytes];
    return value;
}

bool elf_has_magic(const uint8_t *file, size_t size)
{
    return size >= 4 && file[0] == 0x7f && file[1] == 'E' && file[2] == 'L' && file[3] == 'F';
}

static const char *check_header(const uint8_t *file, size_t size)
{
    if (!elf_has_magic(file, size))
        return "not an ELF file";
    if (size < HEADER_BYTES)
        return "ELF header cut short";
    if (file[4] != 2 || file[5] != 1 || file[6] != 1)
        return "not a 64-bit little-endian ELF file";
    if (field(file + 18, 2) != MACHINE_AARCH64)
        return "not an AArch64 ELF file";
    if (field(file + 16, 2) == TYPE_SHARED)
        return "position-independent ELF file, a statically linked one is needed";
    if (field(file + 16, 2) != TYPE_EXECUTABLE)
        return "not an executable ELF file";
    if (field(file + 54, 2) != PROGRAM_HEADER_BYTES)
        return "ELF program headers have the wrong size";
    uint64_t offset = field(file + 32, 8), count = field(file + 56, 2);
    if (offset > size || (size - offset) / PROGRAM_HEADER_BYTES < count)
        return "ELF program headers cut short";
    return NULL;
}

static const char *check_segment(const struct elf_segment *s, uint64_t offset, size_t size, uint64_t low, uint64_t high)
{
    if (s->data_size > s->memory_size)
        return "ELF segment larger in the file than in memory";
    if (offset > size || s->data_size > size - offset)
        return "ELF segment cut short";
    if (s->va < low || s->va >= high || s->memory_size > high - s->va)
        return "ELF segment outside the allowed addresses";
    return NULL;
}

/* Keep segments ascending, whatever their order in the file. */
static const char *insert_segment(struct elf_image *image, const struct elf_segment *s)
{
    uint32_t i = image->n_segments;
    if (i == ELF_MAX_SEGMENTS)
        return "too many ELF segments";
    for (; i > 0 && image->segment[i - 1].va > s->va; i--)
        image->segment[i] = image->segment[i - 1];
    image->segment[i] = *s;
    image->n_segments++;
    if (i > 0 && image->segment[i - 1].va + image->segment[i - 1].memory_size > s->va)
        return "ELF segments overlap";
    if (i + 1 < image->n_segments && s->va + s->memory_size > image->segment[i + 1].va)
        return "ELF segments overlap";
    return NULL;
}

static bool entry_is_code(const struct elf_image *image)
{
    for (uint32_t i = 0; i < image->n_segments; i++) {
        const struct elf_segment *s = &image->segment[i];
        if (s->rights & ELF_EXECUTE && image->entry >= s->va && image->entry - s->va < s->memory_size)
            return image->entry % 4 == 0;
    }
    return false;
}

const char *elf_read(const uint8_t *file, size_t size, uint64_t low, uint64_t high, struct elf_image *out)
{
    const char *wrong = check_header(file, size);
    if (wrong)
        return wrong;
    *out = (struct elf_image){.entry = field(file + 24, 8)};
    const uint8_t *header = file + field(file + 32, 8);
    for (uint64_t n = field(file + 56, 2); n--; header += PROGRAM_HEADER_BYTES) {
        uint64_t type = field(header, 4), offset = field(header + 8, 8);
        struct elf_segment s = {field(header + 16, 8), field(header + 40, 8), NULL, field(header + 32, 8), (uint32_t)field(header + 4, 4)};
        if (type == SEGMENT_INTERPRETER)
            return "dynamically linked ELF file, a statically linked one is needed";
        if (type != SEGMENT_LOAD || (!s.memory_size && !s.data_size))
            continue;
        wrong = check_segment(&s, offset, size, low, high);
        if (wrong)
            return wrong;
        s.data = file + offset;
        wrong = insert_segment(out, &s);
        if (wrong)
            return wrong;
    }
    if (!out->n_segments)
        return "ELF file without loadable segments";
    if (!entry_is_code(out))
        return "ELF entry point is not in executable memory";
    const struct elf_segment *last = &out->segment[out->n_segments - 1];
    out->start = out->segment[0].va & ~PAGE_MASK;
    out->end = (last->va + last->memory_size + PAGE_MASK) & ~PAGE_MASK;
    return NULL;
}
