/* SPDX-License-Identifier: BSD-2-Clause */
/* A sound file with two segments; then one change at a time, each with the message it must lead to; then random damage under the sanitizers. */
#include <elf.h>
#include <string.h>
#include <check_main.h>

enum { FILE_BYTES = 0x3000, HEADER = 64, ENTRY = 56 };
enum { P_TYPE = 0, P_FLAGS = 4, P_OFFSET = 8, P_VA = 16, P_FILE_SIZE = 32, P_MEMORY_SIZE = 40 };
#define LOW 0x400000ull
#define HIGH 0x800000ull

static uint8_t file[FILE_BYTES];

static void put(size_t at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        file[at + i] = (uint8_t)(value >> 8 * i);
}

static size_t segment(unsigned n, unsigned field) { return HEADER + n * ENTRY + field; }

static void put_segment(unsigned n, uint32_t flags, uint64_t offset, uint64_t va, uint64_t file_size, uint64_t memory_size)
{
    put(segment(n, P_TYPE), 1, 4);
    put(segment(n, P_FLAGS), flags, 4);
    put(segment(n, P_OFFSET), offset, 8);
    put(segment(n, P_VA), va, 8);
    put(segment(n, P_FILE_SIZE), file_size, 8);
    put(segment(n, P_MEMORY_SIZE), memory_size, 8);
}

/* Data stands before code in the file, to see that the order does not matter. */
static void make_sound(void)
{
    memset(file, 0, sizeof(file));
    memcpy(file, "\177ELF\2\1\1", 7);
    put(16, 2, 2);
    put(18, 183, 2);
    put(24, 0x400010, 8);
    put(32, HEADER, 8);
    put(54, ENTRY, 2);
    put(56, 2, 2);
    put_segment(0, 6, 0x2000, 0x402080, 0x100, 0x2000);
    put_segment(1, 5, 0x1000, 0x400000, 0x800, 0x800);
}

static const char *read_file(struct elf_image *image) { return elf_read(file, sizeof(file), LOW, HIGH, image); }

START_TEST(elf_sound_file_lists_segments_in_order)
{
    struct elf_image image;
    make_sound();
    ck_assert_ptr_null(read_file(&image));
    ck_assert_uint_eq(image.n_segments, 2);
    ck_assert_uint_eq(image.segment[0].va, 0x400000);
    ck_assert_uint_eq(image.segment[1].va, 0x402080);
    ck_assert_ptr_eq(image.segment[1].data, file + 0x2000);
    ck_assert_uint_eq(image.start, 0x400000);
    ck_assert_uint_eq(image.end, 0x405000);
    ck_assert_uint_eq(image.entry, 0x400010);
}
END_TEST

static const struct {
    size_t at;
    uint64_t value;
    unsigned bytes;
    const char *message;
} damages[] = {
    {0, 0x7e, 1, "not an ELF file"},
    {4, 1, 1, "not a 64-bit little-endian ELF file"},
    {5, 2, 1, "not a 64-bit little-endian ELF file"},
    {18, 62, 2, "not an AArch64 ELF file"},
    {16, 3, 2, "position-independent ELF file, a statically linked one is needed"},
    {16, 1, 2, "not an executable ELF file"},
    {54, 32, 2, "ELF program headers have the wrong size"},
    {56, 65535, 2, "ELF program headers cut short"},
    {32, FILE_BYTES + 1, 8, "ELF program headers cut short"},
    {32, UINT64_MAX, 8, "ELF program headers cut short"},
    {56, 0, 2, "ELF file without loadable segments"},
    {HEADER + P_TYPE, 3, 4, "dynamically linked ELF file, a statically linked one is needed"},
    {HEADER + P_FILE_SIZE, 0x2001, 8, "ELF segment larger in the file than in memory"},
    {HEADER + P_OFFSET, FILE_BYTES - 0xff, 8, "ELF segment cut short"},
    {HEADER + P_OFFSET, UINT64_MAX, 8, "ELF segment cut short"},
    {HEADER + P_VA, LOW - 1, 8, "ELF segment outside the allowed addresses"},
    {HEADER + P_VA, HIGH - 0x1fff, 8, "ELF segment outside the allowed addresses"},
    {HEADER + P_MEMORY_SIZE, UINT64_MAX, 8, "ELF segment outside the allowed addresses"},
    {HEADER + P_VA, 0x4007ff, 8, "ELF segments overlap"},
    {24, 0x402080, 8, "ELF entry point is not in executable memory"},
    {24, 0x400800, 8, "ELF entry point is not in executable memory"},
    {24, 0x400011, 8, "ELF entry point is not in executable memory"},
};

START_TEST(elf_each_damage_has_its_message)
{
    struct elf_image image;
    make_sound();
    put(damages[_i].at, damages[_i].value, damages[_i].bytes);
    const char *wrong = read_file(&image);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_str_eq(wrong, damages[_i].message);
}
END_TEST

START_TEST(elf_more_segments_than_fit_are_refused)
{
    struct elf_image image;
    make_sound();
    put(56, ELF_MAX_SEGMENTS + 1, 2);
    for (unsigned i = 0; i <= ELF_MAX_SEGMENTS; i++)
        put_segment(i, 5, 0x1000, LOW + i * 0x1000, 0x10, 0x10);
    ck_assert_str_eq(read_file(&image), "too many ELF segments");
}
END_TEST

START_TEST(elf_random_damage_and_truncation_stay_inside_the_file)
{
    uint32_t random = 99;
    for (int round = 0; round < 100000; round++) {
        struct elf_image image;
        make_sound();
        for (int change = 0; change < 3; change++) {
            random = random * 1664525 + 1013904223;
            file[(random >> 8) % (HEADER + 2 * ENTRY)] = (uint8_t)random >> 1;
        }
        size_t size = round % 3 ? sizeof(file) : (random >> 12) % sizeof(file);
        uint8_t *exact = malloc(size ? size : 1); /* so that the sanitizer sees a read past the end */
        memcpy(exact, file, size);
        if (!elf_read(exact, size, LOW, HIGH, &image)) {
            for (uint32_t i = 0; i < image.n_segments; i++) {
                const struct elf_segment *s = &image.segment[i];
                ck_assert(s->data >= exact && s->data_size <= size && s->data + s->data_size <= exact + size);
                ck_assert(s->va >= LOW && s->va < HIGH && s->memory_size <= HIGH - s->va && s->data_size <= s->memory_size);
            }
        }
        free(exact);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("boot_elf");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, elf_sound_file_lists_segments_in_order);
    tcase_add_loop_test(t, elf_each_damage_has_its_message, 0, sizeof(damages) / sizeof(damages[0]));
    tcase_add_test(t, elf_more_segments_than_fit_are_refused);
    tcase_add_test(t, elf_random_damage_and_truncation_stay_inside_the_file);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return check_run(suite()); }
