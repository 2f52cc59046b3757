/* SPDX-License-Identifier: BSD-2-Clause */
/* Where stored pages are, and the volume that they may go to. */
#include "census.h"
#include "command.h"
#include "format.h"
#include "kinfo.h"
#include "text.h"

#include "generated/block_client.h"
#include "generated/pager_client.h"
#include "pagoda/block_ring.h"
#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <unistd.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const struct command command_swap;

#define CHECK_SECONDS 60 /* for one block: the block server gives an answer much sooner, whatever the device does */

static const char *refusal(uint64_t reason)
{
    static const char *const texts[] = {"it is on", "it has no swap header", "its header is of another version", "its header is damaged",
        "its header is for another size"};
    return reason < sizeof(texts) / sizeof(texts[0]) ? texts[reason] : "its header could not be read";
}

static uint64_t stored_back(const struct pager_store_info_reply *s)
{
    return s->got[STORED_SAME] + s->got[STORED_COMPRESSED] + s->got[STORED_DISK] + s->got[STORED_RAW];
}

/* slots: of the disk, 0 without one. */
static void print_store(const struct pager_store_info_reply *s, uint64_t slots)
{
    printf("%" PRIu64 " pages are stored, in %s of memory%s.\n", s->pages, text_size(s->frames * PAGE_SIZE).s, slots ? " and on disk" : "");
    if (s->compressed != 0)
        printf("compressed: %" PRIu64 " pages in %s of at most %s;\n            ratio %s, %s wasted\n", s->compressed, text_size(s->compressed_frames * PAGE_SIZE).s,
            text_size(s->limit * PAGE_SIZE).s, text_ratio(s->compressed, s->compressed_frames, 2).s, text_size(s->wasted).s);
    printf("since boot: %" PRIu64 " out (%" PRIu64 " unmodified, %" PRIu64 " zero),\n            %" PRIu64 " one word, %" PRIu64 " compressed, %" PRIu64 " to disk\n",
        s->evicted + s->zero, s->clean, s->zero, s->put[STORED_SAME], s->put[STORED_COMPRESSED], s->put[STORED_DISK]);
    printf("            %" PRIu64 " back; %" PRIu64 " did not compress, %" PRIu64 " kept, %" PRIu64 " damaged\n", stored_back(s), s->refused, s->kept, s->damaged);
    printf("waiting:    %" PRIu64 " faults now, %s in all; %" PRIu64 " faults waited for room\n", s->waiting, text_time(s->stall_some).s, s->direct);
    printf("            %" PRIu64 " requests now; %" PRIu64 " requests waited, %" PRIu64 " of them in vain\n", s->requests_waiting, s->requests_waited, s->requests_in_vain);
}

/* Pages moved since boot, and when that was read. */
struct moved {
    uint64_t ns, out, back, written, read;
};

static struct moved moved_now(const struct pager_store_info_reply *s, const struct pager_swap_info_reply *i)
{
    return (struct moved){.ns = ticks_to_ns(pagoda_ticks(), pagoda_tick_frequency()), .out = s->evicted + s->zero, .back = stored_back(s), .written = i->written, .read = i->read};
}

static void print_rate(const char *what, uint64_t now, uint64_t before, uint64_t ns)
{
    printf("%s %s", what, text_ratio((now - before) * 1000, ns / 1000000, 0).s);
}

/* Since the last look; the first one is compared with the start of the machine. */
static void print_rates(const struct moved *now)
{
    static struct moved last;
    uint64_t ns = now->ns - last.ns;
    printf("pages a second, over the last %s:\n           ", text_time(ns).s);
    print_rate("", now->out, last.out, ns);
    print_rate(" out,", now->back, last.back, ns);
    print_rate(" back;", now->written, last.written, ns);
    print_rate(" to disk,", now->read, last.read, ns);
    printf(" from disk\n");
    last = *now;
}

static void print_disk(const struct pager_swap_info_reply *i)
{
    printf("Swap is %s", swap_state_name(i->state));
    if (i->state == PAGER_SWAP_REFUSED)
        printf(": %s", refusal(i->reason));
    printf(".\n");
    if (i->slots == 0)
        return;
    printf("volume %" PRIu64 ": %" PRIu64 " of %" PRIu64 " slots in use, %" PRIu64 " bad\n", i->volume, i->used, i->slots, i->bad);
    printf("queue: %" PRIu64 " requests in flight, %" PRIu64 " of %" PRIu64 " I/O pages free\n", i->in_flight, i->io_pages_free, i->io_pages);
    printf("pages written %" PRIu64 ", read %" PRIu64 ", back while being written %" PRIu64 "\nerrors: %" PRIu64 " writing, %" PRIu64 " reading\n", i->written,
        i->read, i->served_in_flight, i->write_errors, i->read_errors);
    if (i->repeated)
        printf("requests submitted again after the block server had failed: %" PRIu64 "\n", i->repeated);
}

static int status(void)
{
    struct pager_store_info_reply store;
    struct pager_swap_info_reply disk;
    int error = pager_store_info(LAYOUT_CAP_PAGER, &store);
    if (error == PAGODA_OK)
        error = pager_swap_info(LAYOUT_CAP_PAGER, &disk);
    if (error != PAGODA_OK)
        return shell_failed("swap", error);
    print_disk(&disk);
    print_store(&store, disk.slots);
    const struct moved now = moved_now(&store, &disk);
    print_rates(&now);
    return STATUS_OK;
}

/* find_volume: the volume of this number, or, for UINT64_MAX, the first with a swap header; its number and blocks. */
static int find_volume(uint64_t wanted, uint64_t *volume, uint64_t *blocks)
{
    struct block_volume_list_reply v;
    int error;
    for (*volume = 0; (error = block_volume_list(LAYOUT_CAP_BLOCK, *volume, &v)) == PAGODA_OK; (*volume)++) {
        if (wanted == UINT64_MAX ? v.content == BLOCK_CONTENT_SWAP : wanted == *volume) {
            *blocks = v.blocks;
            return STATUS_OK;
        }
    }
    if (error != PAGODA_ERR_END)
        return shell_failed("swap", error);
    return wanted == UINT64_MAX ? shell_complain("swap", "no volume has a swap header; 'disk' shows the volumes, 'swap format' makes one")
                                : shell_complain("swap", "there is no volume %" PRIu64, wanted);
}

/* wait_while: until swap is in another state, for so many seconds at most. */
static int wait_while(uint64_t state, uint64_t seconds, struct pager_swap_info_reply *info)
{
    uint64_t end = pagoda_ticks() + seconds * pagoda_tick_frequency();
    int error;
    while ((error = pager_swap_info(LAYOUT_CAP_PAGER, info)) == PAGODA_OK && info->state == state && pagoda_ticks() < end)
        usleep(1000);
    return error;
}

static int switch_on(int argc, char **argv)
{
    uint64_t wanted = UINT64_MAX, volume, blocks = 0;
    struct pager_swap_info_reply info;
    if (argc > 3 || (argc == 3 && !text_parse_number(argv[2], &wanted)))
        return command_usage(&command_swap, "'swap on' takes the number of a volume");
    int result = find_volume(wanted, &volume, &blocks);
    if (result != STATUS_OK)
        return result;
    int error = pager_swap_on(LAYOUT_CAP_PAGER, volume, blocks);
    if (error == PAGODA_OK)
        error = wait_while(PAGER_SWAP_CHECKING, CHECK_SECONDS, &info);
    if (error != PAGODA_OK)
        return shell_failed("swap", error);
    if (info.state != PAGER_SWAP_ON)
        return shell_complain("swap", "volume %" PRIu64 " is not used: %s", volume, refusal(info.reason));
    printf("Swap is on: volume %" PRIu64 ", %s.\n", volume, text_size(info.slots * PAGE_SIZE).s);
    return STATUS_OK;
}

/* Whether what is on the disk has room in memory as it is now: if not, somebody would be ended for want of memory. */
static int check_room(void)
{
    struct pager_swap_info_reply disk;
    struct pager_memory_info_reply memory;
    int error = pager_swap_info(LAYOUT_CAP_PAGER, &disk);
    if (error == PAGODA_OK)
        error = pager_memory_info(LAYOUT_CAP_PAGER, &memory);
    if (error != PAGODA_OK)
        return shell_failed("swap", error);
    if (disk.used <= memory.free)
        return STATUS_OK;
    return shell_complain("swap", "%s are on the disk and %s of memory are free: programs could be ended for want of memory; 'swap off force' does it all the same",
                          text_size(disk.used * PAGE_SIZE).s, text_size(memory.free * PAGE_SIZE).s);
}

/* It has been switched off, and pages are still on their way. */
static bool is_draining(void)
{
    struct pager_swap_info_reply disk;
    return pager_swap_info(LAYOUT_CAP_PAGER, &disk) == PAGODA_OK && disk.state == PAGER_SWAP_DRAINING;
}

static int switch_off(bool force)
{
    struct pager_swap_info_reply info;
    int status = force ? STATUS_OK : check_room();
    if (status != STATUS_OK)
        return status;
    int error = pager_swap_off(LAYOUT_CAP_PAGER);
    if (error == PAGODA_ERR_INVALID_ARGUMENT && is_draining())
        error = PAGODA_OK;
    if (error == PAGODA_ERR_INVALID_ARGUMENT)
        return shell_complain("swap", "no volume is in use");
    if (error == PAGODA_ERR_NO_MEMORY)
        return shell_complain("swap", "more is promised than RAM alone can keep ('limit commit'), and none of it may be taken back");
    if (error == PAGODA_OK)
        error = wait_while(PAGER_SWAP_DRAINING, 60, &info);
    if (error != PAGODA_OK)
        return shell_failed("swap", error);
    if (info.state != PAGER_SWAP_OFF)
        return shell_complain("swap", "%" PRIu64 " pages are still on disk: there is no room for them in memory", info.used);
    printf("Swap is off.\n");
    return STATUS_OK;
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc == 1 || (argc == 2 && strcmp(argv[1], "status") == 0))
        return status();
    if (strcmp(argv[1], "on") == 0)
        return switch_on(argc, argv);
    if (strcmp(argv[1], "off") == 0 && (argc == 2 || (argc == 3 && strcmp(argv[2], "force") == 0)))
        return switch_off(argc == 3);
    if (strcmp(argv[1], "format") == 0)
        return format_volume(&command_swap, argc, argv, block_format, "pages; 'swap on' uses it");
    if (strcmp(argv[1], "off") == 0)
        return command_usage(&command_swap, "'%s' is not 'force'", argv[argc == 3 ? 2 : 3]);
    return strcmp(argv[1], "status") == 0 ? command_usage(&command_swap, "'swap %s' takes no arguments", argv[1]) : command_usage(&command_swap, "'%s' is not status, on, off or format", argv[1]);
}

const struct command command_swap = {
    .name = "swap",
    .usage = "[status | on [VOLUME] | off [force] | format VOLUME [force]]",
    .summary = "where pages that left memory are; the disk for them",
    .help = "swap              where they are, how well they compress, the disk's slots and\n"
            "                  queue, pages moved a second since it was asked before\n"
            "swap on [VOLUME]  use a volume: the first that was formatted for it, or the one\n"
            "                  of this number; it must have such a header\n"
            "swap off [force]  bring the pages back and leave the volume alone; without force\n"
            "                  only if they have room in memory that is free\n"
            "swap format VOLUME [force]\n"
            "                  make it one for pages, as 'disk format' does; what it holds\n"
            "                  is overwritten only if force is said\n"
            "The boot argument swap=on, or swap=VOLUME, does 'swap on' at the start.\n",
    .words = "status|on Volume|off force|format Volume force",
    .max_args = 3,
    .group = GROUP_MEMORY,
    .run = run,
};
