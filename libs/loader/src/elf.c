/* SPDX-License-Identifier: BSD-2-Clause */
/* Field layouts: System V ABI, "ELF-64 Object File Format"; machine number: ELF for the Arm 64-bit Architecture. */
#include <loader/elf.h>
#include <string.h>

#define PAGE 4096ull

struct file_header {
    uint8_t ident[16]; /* magic, class, data, version, ... */
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t program_headers; /* file offset */
    uint64_t section_headers;
    uint32_t flags;
    uint16_t header_size;
    uint16_t program_header_size;
    uint16_t n_program_headers;
    uint16_t section_header_size;
    uint16_t n_section_headers;
    uint16_t section_names;
};
_Static_assert(sizeof(struct file_header) == 64, "ELF64 file header");

struct program_header {
    uint32_t type;
    uint32_t flags; /* bit 0 execute, 1 write, 2 read */
    uint64_t offset;
    uint64_t va;
    uint64_t pa;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t alignment;
};
_Static_assert(sizeof(struct program_header) == 56, "ELF64 program header");

enum { TYPE_EXECUTABLE = 2, MACHINE_AARCH64 = 183 };
enum { SEGMENT_LOAD = 1, SEGMENT_DYNAMIC = 2, SEGMENT_INTERPRETER = 3 };
enum { FLAG_EXECUTE = 1, FLAG_WRITE = 2, FLAG_READ = 4 };

static bool source_read(const struct elf_source *source, uint64_t offset, void *buffer, size_t length)
{
    if (offset > source->size || source->size - offset < length) {
        return false;
    }
    return source->read(source->context, offset, buffer, length);
}

static enum elf_status check_file_header(const struct elf_source *source, struct file_header *h)
{
    if (source->size < sizeof(*h) || !source_read(source, 0, h, sizeof(*h))) {
        return source->size < sizeof(*h) ? ELF_NOT_ELF : ELF_UNREADABLE;
    }
    if (memcmp(h->ident, "\177ELF", 4) != 0) {
        return ELF_NOT_ELF;
    }
    if (h->ident[4] != 2 || h->ident[5] != 1 || h->ident[6] != 1 || h->version != 1) {
        return ELF_WRONG_CLASS;
    }
    if (h->machine != MACHINE_AARCH64) {
        return ELF_WRONG_MACHINE;
    }
    if (h->type != TYPE_EXECUTABLE) {
        return ELF_NOT_STATIC;
    }
    if (h->header_size != sizeof(*h) || h->program_header_size != sizeof(struct program_header) || h->n_program_headers == 0
        || h->n_program_headers > ELF_MAX_HEADERS) {
        return ELF_BAD_HEADER;
    }
    return ELF_OK;
}

static enum elf_status check_range(const struct program_header *h, const struct elf_source *source, uint64_t lowest, uint64_t highest)
{
    if (h->memory_size < h->file_size || h->offset > source->size || source->size - h->offset < h->file_size) {
        return ELF_BAD_SEGMENT;
    }
    if (h->file_size != 0 && (h->va ^ h->offset) % PAGE != 0) {
        return ELF_BAD_SEGMENT;
    }
    if (h->va < lowest || h->va >= highest || highest - h->va < h->memory_size) {
        return ELF_OUTSIDE_WINDOW;
    }
    if ((h->flags & FLAG_WRITE) && (h->flags & FLAG_EXECUTE)) {
        return ELF_WRITE_EXECUTE;
    }
    return ELF_OK;
}

static struct elf_segment segment_of(const struct program_header *h, const struct elf_source *source)
{
    uint64_t in_page = h->va % PAGE;
    uint64_t end = (h->va + h->memory_size + PAGE - 1) & ~(PAGE - 1);
    struct elf_segment segment = {.va = h->va - in_page};
    segment.length = end - segment.va;
    if (h->file_size != 0) {
        segment.file_offset = h->offset - in_page;
        segment.file_length = in_page + h->file_size;
    }
    /* A read-only segment without zeros after it may show the file's following bytes in its last page: so that page can be the
     * file's own frame, shared by everybody, instead of a copy with a zeroed tail. */
    if (!(h->flags & FLAG_WRITE) && h->file_size == h->memory_size) {
        uint64_t in_file = source->size - segment.file_offset;
        segment.file_length = segment.length < in_file ? segment.length : in_file;
    }
    segment.rights = ((h->flags & FLAG_READ) ? ELF_READ : 0) | ((h->flags & FLAG_WRITE) ? ELF_READ | ELF_WRITE : 0)
        | ((h->flags & FLAG_EXECUTE) ? ELF_READ | ELF_EXECUTE : 0);
    return segment;
}

static enum elf_status add_segment(struct elf_program *program, const struct program_header *h, const struct elf_source *source,
    uint64_t lowest, uint64_t highest)
{
    if (h->memory_size == 0) {
        return ELF_OK;
    }
    enum elf_status status = check_range(h, source, lowest, highest);
    if (status != ELF_OK) {
        return status;
    }
    if (program->n_segments == ELF_MAX_SEGMENTS) {
        return ELF_TOO_MANY;
    }
    struct elf_segment segment = segment_of(h, source);
    if (program->n_segments != 0 && segment.va < program->highest) {
        return ELF_OVERLAP;
    }
    if (program->n_segments == 0) {
        program->lowest = segment.va;
    }
    program->highest = segment.va + segment.length;
    program->segments[program->n_segments++] = segment;
    return ELF_OK;
}

static bool entry_is_good(const struct elf_program *program)
{
    for (uint32_t i = 0; i < program->n_segments; i++) {
        const struct elf_segment *s = &program->segments[i];
        if (program->entry >= s->va && program->entry - s->va < s->length) {
            return (s->rights & ELF_EXECUTE) && program->entry % 4 == 0;
        }
    }
    return false;
}

enum elf_status elf_check(const struct elf_source *source, uint64_t lowest, uint64_t highest, struct elf_program *out)
{
    struct file_header file;
    struct elf_program program = {0};
    enum elf_status status = check_file_header(source, &file);
    if (status != ELF_OK) {
        return status;
    }
    program.entry = file.entry;
    for (unsigned i = 0; i < file.n_program_headers; i++) {
        struct program_header header;
        uint64_t offset = i * sizeof(header);
        if (file.program_headers > source->size || !source_read(source, file.program_headers + offset, &header, sizeof(header))) {
            return ELF_UNREADABLE;
        }
        if (header.type == SEGMENT_DYNAMIC || header.type == SEGMENT_INTERPRETER) {
            return ELF_NOT_STATIC;
        }
        if (header.type == SEGMENT_LOAD) {
            status = add_segment(&program, &header, source, lowest, highest);
            if (status != ELF_OK) {
                return status;
            }
        }
    }
    if (!entry_is_good(&program)) {
        return ELF_BAD_ENTRY;
    }
    *out = program;
    return ELF_OK;
}

const char *elf_status_text(enum elf_status status)
{
    static const char *const texts[] = {
        [ELF_OK] = "sound",
        [ELF_UNREADABLE] = "its headers cannot be read",
        [ELF_NOT_ELF] = "not an ELF file",
        [ELF_WRONG_CLASS] = "not a 64-bit little-endian ELF file",
        [ELF_WRONG_MACHINE] = "not for AArch64",
        [ELF_NOT_STATIC] = "not a statically linked executable",
        [ELF_BAD_HEADER] = "its ELF header makes no sense",
        [ELF_BAD_SEGMENT] = "a segment does not fit its file",
        [ELF_OUTSIDE_WINDOW] = "a segment lies outside the addresses of programs",
        [ELF_OVERLAP] = "segments overlap",
        [ELF_WRITE_EXECUTE] = "a segment is writable and executable",
        [ELF_TOO_MANY] = "too many segments",
        [ELF_BAD_ENTRY] = "its entry point is not in executable memory",
    };
    return (unsigned)status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "unknown";
}

static bool memory_read(void *context, uint64_t offset, void *buffer, size_t length)
{
    const struct elf_memory *memory = context;
    memcpy(buffer, memory->data + offset, length);
    return true;
}

struct elf_source elf_memory_source(struct elf_memory *memory, const void *data, uint64_t size)
{
    memory->data = data;
    return (struct elf_source){.size = size, .read = memory_read, .context = memory};
}
