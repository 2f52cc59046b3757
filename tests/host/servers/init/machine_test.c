/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"
#include <check_main.h>
#include <libfdt.h>
#include <string.h>

static uint8_t blob[16384];
static struct machine m;

static void cells(const char *name, const uint32_t *values, unsigned n)
{
    fdt32_t big[8];
    for (unsigned i = 0; i < n; i++) {
        big[i] = cpu_to_fdt32(values[i]);
    }
    ck_assert_int_eq(fdt_property(blob, name, big, (int)n * 4), 0);
}

static void begin_root(void)
{
    ck_assert_int_eq(fdt_create(blob, sizeof(blob)), 0);
    fdt_finish_reservemap(blob);
    fdt_begin_node(blob, "");
    fdt_property_string(blob, "model", "Test board");
    fdt_property_u32(blob, "#address-cells", 2);
    fdt_property_u32(blob, "#size-cells", 1);
}

static void uart(const char *name, uint32_t reg, uint32_t spi, const char *status)
{
    fdt_begin_node(blob, name);
    fdt_property_string(blob, "compatible", "arm,pl011");
    cells("reg", (const uint32_t[]){reg, 0x200}, 2);
    cells("interrupts", (const uint32_t[]){0, spi, 4}, 3);
    if (status) {
        fdt_property_string(blob, "status", status);
    }
    fdt_end_node(blob);
}

/* A bus at 0x7e000000 that the CPU sees at 0xfe000000, with two UARTs; /chosen as given. */
static void tree(const char *path, const char *arguments, const char *first_status)
{
    begin_root();
    fdt_begin_node(blob, "soc");
    fdt_property_u32(blob, "#address-cells", 1);
    fdt_property_u32(blob, "#size-cells", 1);
    cells("ranges", (const uint32_t[]){0x7c000000, 0, 0xfc000000, 0x2000000, 0x7e000000, 0, 0xfe000000, 0x1800000}, 8);
    uart("serial@7e201000", 0x7e201000, 121, first_status);
    uart("serial@7e201400", 0x7e201400, 122, NULL);
    fdt_end_node(blob);
    fdt_begin_node(blob, "chosen");
    if (path) {
        fdt_property_string(blob, "stdout-path", path);
    }
    if (arguments) {
        fdt_property_string(blob, "bootargs", arguments);
    }
    fdt_end_node(blob);
    fdt_end_node(blob);
    fdt_finish(blob);
    ck_assert(machine_read(blob, sizeof(blob), &m));
}

START_TEST(machine_read_translates_the_address_through_ranges)
{
    tree(NULL, "a=1", NULL);
    ck_assert_str_eq(m.model, "Test board");
    ck_assert_str_eq(m.arguments, "a=1");
    ck_assert_uint_eq(m.uart_pa, 0xfe201000);
    ck_assert_uint_eq(m.uart_irq, 153);
}
END_TEST

START_TEST(machine_read_follows_stdout_path_with_options)
{
    tree("/soc/serial@7e201400:115200n8", NULL, NULL);
    ck_assert_uint_eq(m.uart_pa, 0xfe201400);
    ck_assert_uint_eq(m.uart_irq, 154);
    ck_assert_str_eq(m.arguments, "");
}
END_TEST

START_TEST(machine_read_skips_disabled_and_wrong_paths)
{
    tree("/soc/none", NULL, "disabled");
    ck_assert_uint_eq(m.uart_pa, 0xfe201400);
    tree("/soc/serial@7e201000", NULL, "disabled");
    ck_assert_uint_eq(m.uart_pa, 0xfe201400);
}
END_TEST

START_TEST(machine_read_without_uart_gives_zero)
{
    begin_root();
    fdt_end_node(blob);
    fdt_finish(blob);
    ck_assert(machine_read(blob, sizeof(blob), &m));
    ck_assert_uint_eq(m.uart_pa, 0);
}
END_TEST

START_TEST(machine_read_damaged_or_short_tree_is_refused)
{
    tree(NULL, NULL, NULL);
    ck_assert(!machine_read(blob, 16, &m));
    ck_assert(!machine_read(blob, fdt_totalsize(blob) - 1, &m));
    blob[0] ^= 1;
    ck_assert(!machine_read(blob, sizeof(blob), &m));
}
END_TEST

START_TEST(machine_read_long_arguments_are_whole)
{
    static char text[8192];
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + sizeof(text) - 5, " k=v", 4);
    char value[4];
    tree(NULL, text, NULL);
    ck_assert_uint_eq(strlen(m.arguments), sizeof(text) - 1);
    ck_assert_int_eq(machine_argument(m.arguments, "k", value, sizeof(value)), 1);
}
END_TEST

START_TEST(machine_argument_finds_whole_keys)
{
    char value[16];
    ck_assert_int_eq(machine_argument("mem=64M  asids=4", "asids", value, sizeof(value)), 1);
    ck_assert_str_eq(value, "4");
    ck_assert_int_eq(machine_argument("xmem=1 mem=64M", "mem", value, sizeof(value)), 3);
    ck_assert_str_eq(value, "64M");
    ck_assert_int_eq(machine_argument("mem asids=4", "mem", value, sizeof(value)), MACHINE_ARGUMENT_ABSENT);
    ck_assert_int_eq(machine_argument("", "mem", value, sizeof(value)), MACHINE_ARGUMENT_ABSENT);
    ck_assert_int_eq(machine_argument("mem= x", "mem", value, sizeof(value)), 0);
}
END_TEST

START_TEST(machine_argument_repeated_key_takes_the_last)
{
    char value[16];
    ck_assert_int_eq(machine_argument("k=first a=b k=second", "k", value, sizeof(value)), 6);
    ck_assert_str_eq(value, "second");
    ck_assert_int_eq(machine_argument("k=%zz k=x", "k", value, sizeof(value)), 1);
    ck_assert_int_eq(machine_argument("k=x k=%zz", "k", value, sizeof(value)), MACHINE_ARGUMENT_BAD);
    ck_assert_int_eq(machine_argument("k=x k=", "k", value, sizeof(value)), 0);
}
END_TEST

START_TEST(machine_argument_decodes_percent)
{
    char value[32];
    ck_assert_int_eq(machine_argument("command=ps%3B%20wc%20%25", "command", value, sizeof(value)), 8);
    ck_assert_str_eq(value, "ps; wc %");
}
END_TEST

START_TEST(machine_argument_bad_encoding_or_too_long_is_an_error)
{
    char value[4];
    ck_assert_int_eq(machine_argument("k=%2", "k", value, sizeof(value)), MACHINE_ARGUMENT_BAD);
    ck_assert_int_eq(machine_argument("k=%", "k", value, sizeof(value)), MACHINE_ARGUMENT_BAD);
    ck_assert_int_eq(machine_argument("k=%zz", "k", value, sizeof(value)), MACHINE_ARGUMENT_BAD);
    ck_assert_int_eq(machine_argument("k=%00", "k", value, sizeof(value)), MACHINE_ARGUMENT_BAD);
    ck_assert_int_eq(machine_argument("k=abcd", "k", value, sizeof(value)), MACHINE_ARGUMENT_LONG);
    ck_assert_int_eq(machine_argument("k=abc", "k", value, sizeof(value)), 3);
}
END_TEST

static void disk_device(const char *name, const char *compatible, uint32_t reg, uint32_t spi, uint32_t flags, const char *property)
{
    fdt_begin_node(blob, name);
    fdt_property_string(blob, "compatible", compatible);
    cells("reg", (const uint32_t[]){0, reg, 0x200}, 3);
    cells("interrupts", (const uint32_t[]){0, spi, flags}, 3);
    if (property) {
        fdt_property(blob, property, NULL, 0);
    }
    fdt_end_node(blob);
}

START_TEST(machine_read_finds_where_disks_may_be_in_order_of_address)
{
    begin_root();
    disk_device("virtio_mmio@a000200", "virtio,mmio", 0xa000200, 17, 1, "dma-coherent");
    disk_device("virtio_mmio@a000000", "virtio,mmio", 0xa000000, 16, 1, "dma-coherent");
    disk_device("virtio_mmio@a000400", "virtio,mmio", 0xa000400, 18, 1, NULL); /* does not see the caches */
    disk_device("mmc@b000000", "brcm,bcm2711-emmc2", 0xb000000, 126, 4, "broken-cd");
    disk_device("mmc@9000000", "brcm,bcm2835-sdhci", 0x9000000, 126, 4, NULL);
    fdt_end_node(blob);
    fdt_finish(blob);
    ck_assert(machine_read(blob, sizeof(blob), &m));
    ck_assert_uint_eq(m.n_devices, 4);
    ck_assert(m.devices[0].kind == MACHINE_SDHCI && m.devices[0].has_card_detect && !m.devices[0].edge && m.devices[0].irq == 158);
    ck_assert(m.devices[1].kind == MACHINE_VIRTIO && m.devices[1].pa == 0xa000000 && m.devices[1].irq == 48 && m.devices[1].edge);
    ck_assert(m.devices[2].pa == 0xa000200 && m.devices[2].irq == 49);
    ck_assert(m.devices[3].kind == MACHINE_SDHCI && !m.devices[3].has_card_detect);
}
END_TEST

START_TEST(machine_read_keeps_as_many_devices_as_fit)
{
    begin_root();
    for (uint32_t i = 0; i < MACHINE_DEVICES_MAX + 3; i++) {
        disk_device("virtio_mmio", "virtio,mmio", 0xa000000 + i * 0x200, 16, 1, "dma-coherent");
    }
    fdt_end_node(blob);
    fdt_finish(blob);
    ck_assert(machine_read(blob, sizeof(blob), &m));
    ck_assert_uint_eq(m.n_devices, MACHINE_DEVICES_MAX);
}
END_TEST

START_TEST(machine_number_is_the_whole_value_between_the_bounds)
{
    static const char *const bad[] = {"", "-1", "+1", " 7", "7 ", "7k", "x7", "0x", "4", "101", "18446744073709551621", "99999999999999999999999"};
    uint64_t n = 1;
    ck_assert(machine_number("5", 5, 100, &n) && n == 5);
    ck_assert(machine_number("100", 5, 100, &n) && n == 100);
    ck_assert(machine_number("0x1f", 5, 100, &n) && n == 31);
    ck_assert(machine_number("010", 5, 100, &n) && n == 10);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_msg(!machine_number(bad[i], 5, 100, &n), "%s", bad[i]);
    }
    ck_assert_uint_eq(n, 10);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("machine");
    TCase *c = tcase_create("machine");
    tcase_add_test(c, machine_read_finds_where_disks_may_be_in_order_of_address);
    tcase_add_test(c, machine_read_keeps_as_many_devices_as_fit);
    tcase_add_test(c, machine_read_translates_the_address_through_ranges);
    tcase_add_test(c, machine_read_follows_stdout_path_with_options);
    tcase_add_test(c, machine_read_skips_disabled_and_wrong_paths);
    tcase_add_test(c, machine_read_without_uart_gives_zero);
    tcase_add_test(c, machine_read_damaged_or_short_tree_is_refused);
    tcase_add_test(c, machine_read_long_arguments_are_whole);
    tcase_add_test(c, machine_argument_finds_whole_keys);
    tcase_add_test(c, machine_argument_repeated_key_takes_the_last);
    tcase_add_test(c, machine_argument_decodes_percent);
    tcase_add_test(c, machine_argument_bad_encoding_or_too_long_is_an_error);
    tcase_add_test(c, machine_number_is_the_whole_value_between_the_bounds);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
