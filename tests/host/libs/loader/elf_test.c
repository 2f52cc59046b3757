/* SPDX-License-Identifier: BSD-2-Clause */
#include <loader/elf.h>
#include <string.h>
#include <check_main.h>

#define LOW 0x410000ull
#define HIGH 0x10000000ull
#define FILE_BYTES 0x5000

/* Offsets of fields, from the ELF-64 specification. */
enum { H_CLASS = 4, H_TYPE = 16, H_MACHINE = 18, H_ENTRY = 24, H_PHOFF = 32, H_EHSIZE = 52, H_PHENTSIZE = 54, H_PHNUM = 56 };
enum { P_TYPE = 0, P_FLAGS = 4, P_OFFSET = 8, P_VA = 16, P_FILESZ = 32, P_MEMSZ = 40, P_SIZE = 56 };

static void put(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static void put_segment(uint8_t *file, unsigned n, uint32_t type, uint32_t flags, uint64_t offset, uint64_t va, uint64_t filesz, uint64_t memsz)
{
    uint8_t *p = file + 64 + n * P_SIZE;
    put(p + P_TYPE, type, 4);
    put(p + P_FLAGS, flags, 4);
    put(p + P_OFFSET, offset, 8);
    put(p + P_VA, va, 8);
    put(p + P_FILESZ, filesz, 8);
    put(p + P_MEMSZ, memsz, 8);
}

/* Text at 0x410000 (offset 0x1000, 0x1234 bytes), data at 0x412678 (offset 0x2678, 0x100 bytes, 0x3000 with bss). */
static uint8_t *sound_file(void)
{
    uint8_t *file = calloc(1, FILE_BYTES);
    memcpy(file, "\177ELF\2\1\1", 7);
    put(file + H_TYPE, 2, 2);
    put(file + H_MACHINE, 183, 2);
    put(file + 20, 1, 4);
    put(file + H_ENTRY, 0x410010, 8);
    put(file + H_PHOFF, 64, 8);
    put(file + H_EHSIZE, 64, 2);
    put(file + H_PHENTSIZE, 56, 2);
    put(file + H_PHNUM, 2, 2);
    put_segment(file, 0, 1, 5, 0x1000, 0x410000, 0x1234, 0x1234);
    put_segment(file, 1, 1, 6, 0x2678, 0x412678, 0x100, 0x3000);
    return file;
}

static enum elf_status check(const uint8_t *file, uint64_t size, struct elf_program *out)
{
    struct elf_memory memory;
    struct elf_source source = elf_memory_source(&memory, file, size);
    return elf_check(&source, LOW, HIGH, out);
}

/* Check the file after one change. */
static enum elf_status after(unsigned offset, uint64_t value, unsigned bytes)
{
    uint8_t *file = sound_file();
    struct elf_program program;
    put(file + offset, value, bytes);
    enum elf_status status = check(file, FILE_BYTES, &program);
    free(file);
    return status;
}

START_TEST(elf_check_sound_file_gives_page_ranges)
{
    uint8_t *file = sound_file();
    struct elf_program p;
    ck_assert_int_eq(check(file, FILE_BYTES, &p), ELF_OK);
    ck_assert_uint_eq(p.entry, 0x410010);
    ck_assert_uint_eq(p.n_segments, 2);
    ck_assert_uint_eq(p.segments[0].va, 0x410000);
    ck_assert_uint_eq(p.segments[0].length, 0x2000);
    ck_assert_uint_eq(p.segments[0].file_offset, 0x1000);
    ck_assert_uint_eq(p.segments[0].file_length, 0x2000); /* whole pages: nothing to zero */
    ck_assert_uint_eq(p.segments[0].rights, ELF_READ | ELF_EXECUTE);
    ck_assert_uint_eq(p.segments[1].va, 0x412000);
    ck_assert_uint_eq(p.segments[1].length, 0x4000);
    ck_assert_uint_eq(p.segments[1].file_offset, 0x2000);
    ck_assert_uint_eq(p.segments[1].file_length, 0x778);
    ck_assert_uint_eq(p.segments[1].rights, ELF_READ | ELF_WRITE);
    ck_assert_uint_eq(p.lowest, 0x410000);
    ck_assert_uint_eq(p.highest, 0x416000);
    free(file);
}
END_TEST

START_TEST(elf_check_read_only_tail_stops_at_end_of_file)
{
    uint8_t *file = sound_file();
    struct elf_program p;
    put(file + H_PHNUM, 1, 2);
    ck_assert_int_eq(check(file, 0x2300, &p), ELF_OK);
    ck_assert_uint_eq(p.segments[0].file_length, 0x1300);
    free(file);
}
END_TEST

START_TEST(elf_check_only_bss_needs_no_file)
{
    uint8_t *file = sound_file();
    struct elf_program p;
    put_segment(file, 1, 1, 6, 0x9999999, 0x412678, 0, 0x3000);
    ck_assert_int_eq(check(file, FILE_BYTES, &p), ELF_BAD_SEGMENT); /* even an empty part must lie in the file */
    put_segment(file, 1, 1, 6, 0, 0x412678, 0, 0x3000);
    ck_assert_int_eq(check(file, FILE_BYTES, &p), ELF_OK);
    ck_assert_uint_eq(p.segments[1].file_length, 0);
    ck_assert_uint_eq(p.segments[1].length, 0x4000);
    free(file);
}
END_TEST

START_TEST(elf_check_wrong_kind_is_named)
{
    ck_assert_int_eq(after(1, 'X', 1), ELF_NOT_ELF);
    ck_assert_int_eq(after(H_CLASS, 1, 1), ELF_WRONG_CLASS);
    ck_assert_int_eq(after(5, 2, 1), ELF_WRONG_CLASS);
    ck_assert_int_eq(after(H_MACHINE, 62, 2), ELF_WRONG_MACHINE);
    ck_assert_int_eq(after(H_TYPE, 3, 2), ELF_NOT_STATIC);
    ck_assert_int_eq(after(64 + P_SIZE, 3, 4), ELF_NOT_STATIC);
    ck_assert_int_eq(after(64 + P_SIZE, 2, 4), ELF_NOT_STATIC);
}
END_TEST

START_TEST(elf_check_bad_counts_are_refused)
{
    ck_assert_int_eq(after(H_PHNUM, 0, 2), ELF_BAD_HEADER);
    ck_assert_int_eq(after(H_PHNUM, 65, 2), ELF_BAD_HEADER);
    ck_assert_int_eq(after(H_PHENTSIZE, 32, 2), ELF_BAD_HEADER);
    ck_assert_int_eq(after(H_EHSIZE, 52, 2), ELF_BAD_HEADER);
    ck_assert_int_eq(after(H_PHOFF, FILE_BYTES - 56, 8), ELF_UNREADABLE);
    ck_assert_int_eq(after(H_PHOFF, ~0ull, 8), ELF_UNREADABLE);
    ck_assert_int_eq(after(H_PHOFF, ~0ull - 60, 8), ELF_UNREADABLE);
}
END_TEST

START_TEST(elf_check_bad_segments_are_refused)
{
    const unsigned data = 64 + P_SIZE;
    ck_assert_int_eq(after(data + P_FILESZ, 0x3001, 8), ELF_BAD_SEGMENT);
    ck_assert_int_eq(after(data + P_OFFSET, ~0ull, 8), ELF_BAD_SEGMENT);
    ck_assert_int_eq(after(data + P_OFFSET, 0x2679, 8), ELF_BAD_SEGMENT);
    ck_assert_int_eq(after(data + P_OFFSET, FILE_BYTES - 0x88, 8), ELF_BAD_SEGMENT);
    ck_assert_int_eq(after(data + P_VA, 0x40f678, 8), ELF_OUTSIDE_WINDOW);
    ck_assert_int_eq(after(data + P_VA, 0xffff000000000678, 8), ELF_OUTSIDE_WINDOW);
    ck_assert_int_eq(after(data + P_MEMSZ, HIGH, 8), ELF_OUTSIDE_WINDOW);
    ck_assert_int_eq(after(data + P_MEMSZ, ~0ull, 8), ELF_OUTSIDE_WINDOW);
    ck_assert_int_eq(after(data + P_VA, 0x411678, 8), ELF_OVERLAP);
    ck_assert_int_eq(after(data + P_FLAGS, 7, 4), ELF_WRITE_EXECUTE);
}
END_TEST

START_TEST(elf_check_bad_entry_is_refused)
{
    ck_assert_int_eq(after(H_ENTRY, 0x410012, 8), ELF_BAD_ENTRY);
    ck_assert_int_eq(after(H_ENTRY, 0x412700, 8), ELF_BAD_ENTRY);
    ck_assert_int_eq(after(H_ENTRY, 0, 8), ELF_BAD_ENTRY);
    ck_assert_int_eq(after(H_ENTRY, ~0ull, 8), ELF_BAD_ENTRY);
}
END_TEST

START_TEST(elf_check_short_file_is_not_elf)
{
    uint8_t *file = sound_file();
    struct elf_program p;
    ck_assert_int_eq(check(file, 63, &p), ELF_NOT_ELF);
    ck_assert_int_eq(check(file, 0, &p), ELF_NOT_ELF);
    free(file);
}
END_TEST

/* Random damage: whatever is accepted has disjoint, ascending ranges in the window and file parts inside the file. */
START_TEST(elf_check_random_damage_never_gives_a_bad_plan)
{
    uint64_t seed = 0x9e3779b97f4a7c15ull;
    unsigned accepted = 0;
    uint8_t head[64 + 2 * P_SIZE];
    uint8_t *sound = sound_file();
    memcpy(head, sound, sizeof(head));
    for (unsigned round = 0; round < 200000; round++) {
        struct elf_program p;
        memcpy(sound, head, sizeof(head));
        for (unsigned n = 0; n < 1 + round % 4; n++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            sound[(seed >> 33) % sizeof(head)] ^= (uint8_t)(1u << (seed >> 29) % 8);
        }
        if (check(sound, FILE_BYTES, &p) == ELF_OK) {
            uint64_t end = LOW;
            accepted++;
            for (unsigned i = 0; i < p.n_segments; i++) {
                const struct elf_segment *s = &p.segments[i];
                ck_assert_uint_ge(s->va, end);
                ck_assert_uint_eq((s->va | s->length | s->file_offset) % 4096, 0);
                ck_assert_uint_gt(s->length, 0);
                ck_assert_uint_le(s->file_length, s->length);
                ck_assert_uint_le(s->file_offset + s->file_length, FILE_BYTES);
                end = s->va + s->length;
            }
            ck_assert_uint_le(end, HIGH);
        }
    }
    free(sound);
    ck_assert_uint_gt(accepted, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("elf");
    TCase *c = tcase_create("elf");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, elf_check_sound_file_gives_page_ranges);
    tcase_add_test(c, elf_check_read_only_tail_stops_at_end_of_file);
    tcase_add_test(c, elf_check_only_bss_needs_no_file);
    tcase_add_test(c, elf_check_wrong_kind_is_named);
    tcase_add_test(c, elf_check_bad_counts_are_refused);
    tcase_add_test(c, elf_check_bad_segments_are_refused);
    tcase_add_test(c, elf_check_bad_entry_is_refused);
    tcase_add_test(c, elf_check_short_file_is_not_elf);
    tcase_add_test(c, elf_check_random_damage_never_gives_a_bad_plan);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
