/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays a trace that was recorded on the running system (the shell's `trace`) over all policies, or one: recorded FILE [POLICY]. The file is an image of a disk
 * with a trace volume (the whole disk or a partition), or the trace itself: the volume from its second block on.
 * Exit status: 0 done; 1 no sound trace in it; 2 wrong usage.
 */
#include "partition.h"
#include "replay/replay.h"

#include <pagoda/block_swap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4096u
#define SECTOR 512u

static const char *path;

static int complain(const char *text)
{
    fprintf(stderr, "%s: %s\n", path, text);
    return 1;
}

/* read_at: so many bytes of the file; false: it has not so many. */
static bool read_at(FILE *file, uint64_t offset, void *out, size_t n)
{
    return fseek(file, (long)offset, SEEK_SET) == 0 && fread(out, 1, n, file) == n;
}

static uint64_t size_of(FILE *file)
{
    return fseek(file, 0, SEEK_END) == 0 && ftell(file) > 0 ? (uint64_t)ftell(file) : 0;
}

/* volume_at: the volume in [offset, offset + size) is one for traces. */
static bool volume_at(FILE *file, uint64_t offset, uint64_t size)
{
    uint8_t block[BLOCK];

    return read_at(file, offset, block, sizeof block) && block_header_check(block, BLOCK_TRACE_MAGIC, size / BLOCK, NULL) == BLOCK_SWAP_OK;
}

/* find_volume: of the whole disk or a partition; the bytes from its second block to its end. false: there is none. */
static bool find_volume(FILE *file, uint64_t *offset, uint64_t *size)
{
    static uint8_t beginning[PARTITION_SCAN_BYTES];
    struct partition partitions[PARTITIONS_MAX];
    unsigned n = 0;
    uint64_t start = 0, length = *size;
    bool found = volume_at(file, 0, length);

    if (!found && *size >= sizeof beginning && read_at(file, 0, beginning, sizeof beginning) &&
        partition_find(beginning, sizeof beginning, *size / SECTOR, partitions, &n) != PARTITION_TABLE) {
        n = 0;
    }
    for (unsigned i = 0; i < n && !found; i++) {
        start = partitions[i].first * SECTOR;
        length = partitions[i].n_sectors * SECTOR;
        found = volume_at(file, start, length);
    }
    *offset = start + BLOCK;
    *size = length - BLOCK;
    return found;
}

/* read_trace: header and words, of the file as a whole or of a volume in it. */
static enum replay_error read_trace(FILE *file, struct trace_file *header, uint64_t **words)
{
    uint64_t block[BLOCK / 8], offset = 0, size = size_of(file);
    bool plain = read_at(file, 0, block, sizeof block) && replay_header(block, UINT64_MAX, header) != REPLAY_NO_TRACE;

    if (!plain && !find_volume(file, &offset, &size)) {
        return REPLAY_NO_TRACE;
    }
    if (!read_at(file, offset, block, sizeof block)) {
        return REPLAY_SIZE;
    }
    enum replay_error error = replay_header(block, size < BLOCK ? 0 : (size - BLOCK) / 8, header);
    if (error) {
        return error;
    }
    *words = malloc(header->words * 8);
    if (!*words) {
        return REPLAY_MEMORY;
    }
    return read_at(file, offset + BLOCK, *words, header->words * 8) ? REPLAY_OK : REPLAY_SIZE;
}

static void print_run(struct replay *replay, enum evict_kind policy, bool follow)
{
    struct replay_result r;

    replay_run(replay, policy, follow, &r);
    printf("%-12s %10llu %10llu %10llu %10llu  ", evict_name(policy), (unsigned long long)r.misses, (unsigned long long)r.ahead, (unsigned long long)r.evicted,
           (unsigned long long)r.scanned);
    if (r.exact) {
        printf("exact: as recorded, all %llu events\n", (unsigned long long)r.events);
    } else if (follow) {
        printf("estimate, from event %llu of %llu on\n", (unsigned long long)r.followed + 1, (unsigned long long)r.events);
    } else {
        printf("estimate, from the start on\n");
    }
}

static int run(FILE *file, enum evict_kind only)
{
    struct trace_file header;
    struct replay replay;
    uint64_t *words = NULL;
    enum replay_error error = read_trace(file, &header, &words);

    error = error ? error : replay_open(&replay, &header, words);
    if (error) {
        free(words);
        return complain(replay_error_text(error));
    }
    printf("%s, policy %s: %llu words, %llu pages brought back.\n", (const char *)header.label, evict_name((enum evict_kind)header.policy), (unsigned long long)header.words,
           (unsigned long long)header.misses);
    printf("policy           misses      ahead    evicted    scanned  how\n");
    for (unsigned kind = 0; kind < EVICT_KINDS; kind++) {
        if (only == EVICT_KINDS || only == kind) {
            print_run(&replay, (enum evict_kind)kind, true);
        }
        if (only == EVICT_KINDS && header.policy == kind) {
            print_run(&replay, (enum evict_kind)kind, false);
        }
    }
    replay_close(&replay);
    free(words);
    return 0;
}

int main(int argc, char **argv)
{
    enum evict_kind only = EVICT_KINDS;

    if (argc < 2 || argc > 3 || (argc == 3 && !evict_by_name(argv[2], &only))) {
        fprintf(stderr, "usage: recorded FILE [POLICY]\n");
        return 2;
    }
    path = argv[1];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    int status = run(file, only);
    fclose(file);
    return status;
}
