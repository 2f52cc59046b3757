/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace_store.h"

#include "shell.h"

#include "generated/block_client.h"
#include "generated/errors.h"
#include "generated/pager_client.h"
#include "pagoda/block_ring.h"
#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BLOCK 1    /* of the trace's own header */
#define RECORDS_BLOCK 2 /* and of what follows it */
#define PIECE (sizeof(((struct block_trace_read_reply *)0)->data.data)) /* bytes of one message */

_Static_assert(BLOCK_BYTES % PIECE == 0 && sizeof(struct trace_file) <= PIECE && BLOCK_BYTES == TRACE_FILE_HEADER_BYTES, "no piece crosses a block");

void trace_copy_free(struct trace_copy *copy)
{
    free(copy->words);
    *copy = (struct trace_copy){0};
}

/* make_room: words for what the header says. */
static int make_room(struct trace_copy *copy)
{
    copy->words = copy->file.words <= SIZE_MAX / 8 ? malloc(copy->file.words * 8) : NULL;
    return copy->words ? STATUS_OK : shell_complain("trace", "the shell has no memory for a trace of %" PRIu64 " words", copy->file.words);
}

/* ---- the pager ---- */

static void header_of(const struct pager_trace_info_reply *info, struct trace_file *file)
{
    *file = (struct trace_file){.version = TRACE_FILE_VERSION, .policy = (uint32_t)info->policy, .words = info->words, .misses = info->misses, .lost = info->lost,
                                .ns = info->ns, .end = (uint32_t)info->end};
    memcpy(file->magic, TRACE_FILE_MAGIC, sizeof file->magic);
    memcpy(file->label, info->label, strnlen(info->label, sizeof file->label - 1));
}

static int read_words(struct trace_copy *copy)
{
    struct pager_trace_read_reply reply;
    for (uint64_t at = 0; at < copy->file.words; at += reply.words.len / 8) {
        int error = pager_trace_read(LAYOUT_CAP_PAGER, at, &reply);
        if (error != PAGODA_OK)
            return shell_failed("trace", error);
        if (reply.words.len == 0 || reply.words.len / 8 > copy->file.words - at)
            return shell_complain("trace", "the trace changed while it was read");
        memcpy(copy->words + at, reply.words.data, reply.words.len);
    }
    return STATUS_OK;
}

int trace_from_pager(struct trace_copy *copy)
{
    struct pager_trace_info_reply info;
    struct trace_copy read = {0};
    int error = pager_trace_info(LAYOUT_CAP_PAGER, &info);
    if (error != PAGODA_OK)
        return shell_failed("trace", error);
    if (info.frames == 0)
        return shell_complain("trace", "nothing was recorded; 'trace start PID' does, 'trace load VOLUME' reads a saved trace");
    if (info.recording)
        return shell_complain("trace", "it is being recorded; 'trace stop' first");
    header_of(&info, &read.file);
    int status = make_room(&read);
    status = status == STATUS_OK ? read_words(&read) : status;
    if (status != STATUS_OK) {
        trace_copy_free(&read);
        return status;
    }
    read.file.records_checksum = trace_checksum(TRACE_CHECKSUM_START, read.words, read.file.words);
    read.file.checksum = trace_file_checksum(&read.file);
    trace_copy_free(copy);
    *copy = read;
    return STATUS_OK;
}

/* ---- volumes ---- */

/* volume_blocks: of a trace volume. */
static int volume_blocks(uint64_t volume, uint64_t *blocks)
{
    struct block_volume_list_reply v;
    int error = block_volume_list(LAYOUT_CAP_BLOCK, volume, &v);
    if (error == PAGODA_ERR_END)
        return shell_complain("trace", "there is no volume %" PRIu64 "; 'disk' shows the volumes", volume);
    if (error != PAGODA_OK)
        return shell_failed("trace", error);
    if (v.content != BLOCK_CONTENT_TRACE)
        return shell_complain("trace", "volume %" PRIu64 " has no trace header; 'trace format %" PRIu64 "' writes one", volume, volume);
    *blocks = v.blocks;
    return STATUS_OK;
}

static int bad_status(uint64_t volume, uint64_t block, uint64_t status)
{
    return shell_complain("trace", "volume %" PRIu64 ", block %" PRIu64 ": %s", volume, block, status == BLOCK_READ_ONLY ? "read-only" : "the disk could not do it");
}

/* write_bytes: behind each other from the beginning of a block on; durable at the end. */
static int write_bytes(uint64_t volume, uint64_t block, const void *bytes, uint64_t n)
{
    for (uint64_t done = 0; done < n;) {
        uint64_t piece = n - done < PIECE ? n - done : PIECE, status;
        int error = block_trace_write(LAYOUT_CAP_BLOCK, volume, block + done / BLOCK_BYTES, done % BLOCK_BYTES, done + piece == n, (const uint8_t *)bytes + done, piece, &status);
        if (error != PAGODA_OK)
            return shell_failed("trace", error);
        if (status != BLOCK_OK)
            return bad_status(volume, block + done / BLOCK_BYTES, status);
        done += piece;
    }
    return STATUS_OK;
}

static int read_bytes(uint64_t volume, uint64_t block, void *bytes, uint64_t n)
{
    struct block_trace_read_reply reply;
    for (uint64_t done = 0; done < n;) {
        uint64_t piece = n - done < PIECE ? n - done : PIECE;
        int error = block_trace_read(LAYOUT_CAP_BLOCK, volume, block + done / BLOCK_BYTES, done % BLOCK_BYTES, &reply);
        if (error != PAGODA_OK)
            return shell_failed("trace", error);
        if (reply.status != BLOCK_OK || reply.data.len < piece)
            return bad_status(volume, block + done / BLOCK_BYTES, reply.status);
        memcpy((uint8_t *)bytes + done, reply.data.data, piece);
        done += piece;
    }
    return STATUS_OK;
}

/* The header comes last: until then the volume holds an older trace, or one with a wrong checksum. */
int trace_to_volume(const struct trace_copy *copy, uint64_t volume)
{
    uint64_t blocks, needed = RECORDS_BLOCK + (copy->file.words * 8 + BLOCK_BYTES - 1) / BLOCK_BYTES;
    int status = volume_blocks(volume, &blocks);
    if (status == STATUS_OK && needed > blocks)
        return shell_complain("trace", "volume %" PRIu64 " has %" PRIu64 " blocks; the trace needs %" PRIu64, volume, blocks, needed);
    if (status == STATUS_OK)
        status = write_bytes(volume, RECORDS_BLOCK, copy->words, copy->file.words * 8);
    return status == STATUS_OK ? write_bytes(volume, FILE_BLOCK, &copy->file, sizeof copy->file) : status;
}

int trace_from_volume(struct trace_copy *copy, uint64_t volume)
{
    struct trace_copy read = {0};
    uint64_t blocks, header[sizeof(struct trace_file) / 8];
    int status = volume_blocks(volume, &blocks);
    if (status == STATUS_OK)
        status = read_bytes(volume, FILE_BLOCK, header, sizeof header);
    if (status != STATUS_OK)
        return status;
    enum replay_error error = replay_header(header, blocks > RECORDS_BLOCK ? (blocks - RECORDS_BLOCK) * (BLOCK_BYTES / 8) : 0, &read.file);
    if (error)
        return shell_complain("trace", "volume %" PRIu64 " holds %s", volume, replay_error_text(error));
    status = make_room(&read);
    status = status == STATUS_OK ? read_bytes(volume, RECORDS_BLOCK, read.words, read.file.words * 8) : status;
    if (status == STATUS_OK && trace_checksum(TRACE_CHECKSUM_START, read.words, read.file.words) != read.file.records_checksum)
        status = shell_complain("trace", "volume %" PRIu64 " holds %s", volume, replay_error_text(REPLAY_CHECKSUM));
    if (status != STATUS_OK) {
        trace_copy_free(&read);
        return status;
    }
    trace_copy_free(copy);
    *copy = read;
    return STATUS_OK;
}
