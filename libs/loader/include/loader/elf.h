/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks an ELF file and says what to map for it. Accepts what Pagoda runs: ELF64, little endian, AArch64, ET_EXEC, statically
 * linked, segments in the window that the caller gives, never writable and executable at once.
 *
 * Pure: reads the file through a callback, allocates nothing, has no state. Fuzzable: any bytes give a plan or an error.
 */
#ifndef LOADER_ELF_H
#define LOADER_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAX_SEGMENTS 16
#define ELF_MAX_HEADERS 64 /* program headers looked at; more is refused */

enum elf_status {
    ELF_OK = 0,
    ELF_UNREADABLE,      /* read failed, or a header lies outside the file */
    ELF_NOT_ELF,         /* no magic */
    ELF_WRONG_CLASS,     /* not 64-bit little endian version 1 */
    ELF_WRONG_MACHINE,   /* not AArch64 */
    ELF_NOT_STATIC,      /* not ET_EXEC, or wants an interpreter or a dynamic linker */
    ELF_BAD_HEADER,      /* sizes or counts of the headers make no sense */
    ELF_BAD_SEGMENT,     /* sizes, alignment or place of a segment in the file make no sense */
    ELF_OUTSIDE_WINDOW,  /* a segment outside [lowest, highest) */
    ELF_OVERLAP,         /* two segments share a page, or are not in ascending order */
    ELF_WRITE_EXECUTE,   /* a segment is writable and executable */
    ELF_TOO_MANY,        /* more than ELF_MAX_SEGMENTS to load */
    ELF_BAD_ENTRY,       /* the entry point is not an aligned address in an executable segment */
};

/* Where the file's bytes come from. */
struct elf_source {
    uint64_t size; /* bytes of the file */
    /* Copy length bytes from offset, which lie inside size; false: cannot read. */
    bool (*read)(void *context, uint64_t offset, void *buffer, size_t length);
    void *context;
};

#define ELF_READ 1u
#define ELF_WRITE 2u
#define ELF_EXECUTE 4u

/* One range to map. */
struct elf_segment {
    uint64_t va;          /* page aligned */
    uint64_t length;      /* bytes, page multiple */
    uint64_t file_offset; /* page aligned; the file's byte for va */
    uint64_t file_length; /* bytes that come from the file; 0: none; the rest of length is zero */
    uint32_t rights;      /* ELF_READ | ELF_WRITE | ELF_EXECUTE */
};

struct elf_program {
    uint64_t entry;
    uint64_t lowest, highest; /* [lowest, highest): the pages of all segments */
    uint32_t n_segments;
    struct elf_segment segments[ELF_MAX_SEGMENTS]; /* ascending, disjoint */
};

/*
 * elf_check: read and check the headers.
 *   lowest, highest  window of addresses in which all segments must lie, page aligned
 *   out              written only on ELF_OK
 */
enum elf_status elf_check(const struct elf_source *source, uint64_t lowest, uint64_t highest, struct elf_program *out);

/* elf_status_text: what is wrong, as a sentence fragment: "not an ELF file". */
const char *elf_status_text(enum elf_status status);

/* elf_memory_source: a source over bytes in memory (borrowed). */
struct elf_memory {
    const uint8_t *data;
};
struct elf_source elf_memory_source(struct elf_memory *memory, const void *data, uint64_t size);

#endif
