/* SPDX-License-Identifier: BSD-2-Clause */
#include "partition.h"
#include <stdbool.h>
#include <string.h>

#define SECTOR 512
enum { MBR_ENTRIES = 446, MBR_ENTRY_BYTES = 16, MBR_SIGNATURE = 510 };
enum { TYPE_EMPTY = 0x00, TYPE_EXTENDED = 0x05, TYPE_EXTENDED_LBA = 0x0f, TYPE_EXTENDED_LINUX = 0x85, TYPE_GPT = 0xee };
enum { GPT_HEADER_BYTES_MIN = 92, GPT_ENTRY_BYTES_MIN = 128 };

static uint32_t read32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t read64(const uint8_t *p)
{
    return read32(p) | (uint64_t)read32(p + 4) << 32;
}

/* CRC-32 as GPT has it (reflected, polynomial 0x04c11db7), continued. */
static uint32_t crc32(uint32_t crc, const uint8_t *bytes, uint32_t n)
{
    crc = ~crc;
    for (uint32_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

/* Add one, if it lies inside the disk, after the table's own sectors, and apart from the others. */
static bool add(struct partition out[PARTITIONS_MAX], unsigned *n, struct partition p, uint64_t first_usable, uint64_t n_sectors)
{
    if (p.n_sectors == 0 || p.first < first_usable || p.first >= n_sectors || p.n_sectors > n_sectors - p.first || *n == PARTITIONS_MAX) {
        return false;
    }
    for (unsigned i = 0; i < *n; i++) {
        if (p.first < out[i].first + out[i].n_sectors && out[i].first < p.first + p.n_sectors) {
            return false;
        }
    }
    out[(*n)++] = p;
    return true;
}

/* ---- GPT ---- */

static bool gpt_header_is_sound(const uint8_t *header)
{
    static const uint8_t zeros[4];
    uint32_t length = read32(header + 12);
    if (memcmp(header, "EFI PART", 8) != 0 || length < GPT_HEADER_BYTES_MIN || length > SECTOR || read64(header + 24) != 1) {
        return false;
    }
    uint32_t crc = crc32(crc32(crc32(0, header, 16), zeros, 4), header + 20, length - 20); /* its own field counts as 0 */
    return crc == read32(header + 16);
}

static enum partition_table gpt_find(const uint8_t *bytes, uint32_t n_bytes, uint64_t n_sectors, struct partition out[PARTITIONS_MAX], unsigned *n)
{
    const uint8_t *header = bytes + SECTOR;
    if (n_bytes < 2 * SECTOR || !gpt_header_is_sound(header)) {
        return PARTITION_BAD_TABLE;
    }
    uint64_t table = read64(header + 72);
    uint32_t n_entries = read32(header + 80), entry_bytes = read32(header + 84);
    uint64_t length = (uint64_t)n_entries * entry_bytes;
    if (entry_bytes < GPT_ENTRY_BYTES_MIN || table < 2 || table >= n_bytes / SECTOR || length > n_bytes - table * SECTOR) {
        return PARTITION_BAD_TABLE;
    }
    const uint8_t *entries = bytes + table * SECTOR;
    if (crc32(0, entries, (uint32_t)length) != read32(header + 88)) {
        return PARTITION_BAD_TABLE;
    }
    for (uint32_t i = 0; i < n_entries && i < UINT8_MAX; i++) {
        static const uint8_t unused[16];
        const uint8_t *entry = entries + (uint64_t)i * entry_bytes;
        uint64_t first = read64(entry + 32), last = read64(entry + 40);
        const struct partition p = {.number = (uint8_t)(i + 1), .first = first, .n_sectors = last - first + 1};
        if (memcmp(entry, unused, sizeof(unused)) != 0 &&
            (last < first || !add(out, n, p, table + (length + SECTOR - 1) / SECTOR, n_sectors))) {
            return PARTITION_BAD_TABLE;
        }
    }
    return PARTITION_TABLE;
}

/* ---- MBR ---- */

static bool is_extended(uint8_t type)
{
    return type == TYPE_EXTENDED || type == TYPE_EXTENDED_LBA || type == TYPE_EXTENDED_LINUX;
}

/* A boot sector of a file system has the signature too, but code where the entries would be. */
static bool mbr_is_plausible(const uint8_t *bytes)
{
    for (unsigned i = 0; i < 4; i++) {
        if (bytes[MBR_ENTRIES + i * MBR_ENTRY_BYTES] & 0x7f) {
            return false;
        }
    }
    return true;
}

enum partition_table partition_find(const uint8_t *bytes, uint32_t n_bytes, uint64_t n_sectors, struct partition out[PARTITIONS_MAX], unsigned *n)
{
    enum partition_table result = PARTITION_TABLE;
    *n = 0;
    if (bytes[MBR_SIGNATURE] != 0x55 || bytes[MBR_SIGNATURE + 1] != 0xaa) {
        return PARTITION_NO_TABLE;
    }
    if (!mbr_is_plausible(bytes)) {
        return PARTITION_BAD_TABLE;
    }
    for (unsigned i = 0; i < 4 && result == PARTITION_TABLE; i++) {
        const uint8_t *entry = bytes + MBR_ENTRIES + i * MBR_ENTRY_BYTES;
        const struct partition p = {.number = (uint8_t)(i + 1), .first = read32(entry + 8), .n_sectors = read32(entry + 12)};
        if (entry[4] == TYPE_GPT) {
            *n = 0;
            result = gpt_find(bytes, n_bytes, n_sectors, out, n);
            break;
        }
        if (entry[4] != TYPE_EMPTY && !is_extended(entry[4]) && !add(out, n, p, 1, n_sectors)) {
            result = PARTITION_BAD_TABLE;
        }
    }
    *n = result == PARTITION_TABLE ? *n : 0;
    return result;
}
