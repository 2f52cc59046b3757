/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressing and expanding one page. The format is that of an LZ4 block (lz4_Block_format.md of the LZ4 project); the code is the pager's own, and the library is not linked. Its
 * compressor is made for streams of any size: for a page, clearing its table costs as much as expanding the page does, and it searches long where nothing is found.
 *
 * Tests: tests/host/servers/pager/compress_test.c, with the library on the other side: each expands what the other has compressed, text gets at most a tenth longer than with the library,
 * and where both take a damaged block they find the same page.
 */
#ifndef PAGER_COMPRESS_H
#define PAGER_COMPRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of `out` beyond the result that may be written to. */
#define COMPRESS_SLACK 8u

/* compress_page: the length of the result, at most `room` (which is at most 4096); 0: it would be longer, or nearly so. `out` has room + COMPRESS_SLACK bytes. Keeps a
 * table between calls: not reentrant. */
uint32_t compress_page(const void *page, uint8_t *out, uint32_t room);

/* expand_page: any LZ4 block of a page. false: `bytes` are no such block; then the page holds anything. Reads and writes nothing else, whatever the bytes are. */
bool expand_page(const void *bytes, uint32_t length, void *page);

#endif
