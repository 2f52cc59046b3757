/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks and volumes: what there is, what they did, format, and tests of them. */
#include "command.h"
#include "format.h"
#include "table.h"
#include "text.h"

#include "generated/block_client.h"
#include "pagoda/block_ring.h"
#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

extern const struct command command_disk;

#define PER_CALL 4096 /* blocks that one request of a test may cover */

static struct table table;

static const char *status_text(uint64_t status)
{
    static const char *const texts[BLOCK_STATUSES] = {"ok", "I/O error", "timeout", "short", "out of range", "no device", "bad request", "read-only",
        "not formatted", "not supported", "no server"};
    return status < BLOCK_STATUSES ? texts[status] : "?";
}

static const char *content_text(uint64_t content)
{
    static const char *const texts[] = {"empty", "swap", "damaged swap header", "partition table", "damaged partition table", "other data",
        "unreadable", "trace", "damaged trace header"};
    return content < sizeof(texts) / sizeof(texts[0]) ? texts[content] : "?";
}

/* ---- disk ---- */

static int print_disks(unsigned *n)
{
    struct block_disk_list_reply d;
    int error;
    table_begin(&table, ">DISK|<DRIVER|>SIZE|>SECTOR|<STATE");
    for (*n = 0; (error = block_disk_list(LAYOUT_CAP_BLOCK, *n, &d)) == PAGODA_OK; (*n)++) {
        table_cell(&table, "%u", *n);
        table_cell(&table, "%s", d.driver);
        table_cell(&table, "%s", d.problem[0] ? "-" : text_size(d.blocks * BLOCK_BYTES).s);
        table_cell(&table, "%s", d.problem[0] ? "-" : text_size(d.sector).s);
        if (d.problem[0])
            table_cell(&table, "%s", d.problem);
        else
            table_cell(&table, "%s%s%s", d.read_only ? "read-only" : "ready", d.write_back ? ", flush" : "", d.can_discard ? ", discard" : "");
    }
    if (*n)
        table_print(&table, stdout);
    return error == PAGODA_ERR_END ? STATUS_OK : shell_failed("disk", error);
}

static int print_volumes(void)
{
    struct block_volume_list_reply v;
    int error;
    unsigned n;
    table_begin(&table, ">VOLUME|>DISK|>PART|>FIRST SECTOR|>BLOCKS|>SIZE|<HOLDS");
    for (n = 0; (error = block_volume_list(LAYOUT_CAP_BLOCK, n, &v)) == PAGODA_OK; n++) {
        table_cell(&table, "%u", n);
        table_cell(&table, "%" PRIu64, v.disk);
        table_cell(&table, "%s", v.partition ? text_ratio(v.partition, 1, 0).s : "all");
        table_cell(&table, "%" PRIu64, v.first_sector);
        table_cell(&table, "%" PRIu64, v.blocks);
        table_cell(&table, "%s", text_size(v.blocks * BLOCK_BYTES).s);
        if (v.content == BLOCK_CONTENT_SWAP)
            table_cell(&table, "swap %08" PRIx32, (uint32_t)v.id0);
        else
            table_cell(&table, "%s", content_text(v.content));
    }
    if (n)
        table_print(&table, stdout);
    return error == PAGODA_ERR_END ? STATUS_OK : shell_failed("disk", error);
}

static int list(void)
{
    unsigned n;
    int status = print_disks(&n);
    if (status == STATUS_OK && n == 0)
        printf("There is no disk.\n");
    return status == STATUS_OK ? print_volumes() : status;
}

/* ---- disk counters ---- */

static void print_statuses(const uint64_t *statuses)
{
    bool any = false;
    for (unsigned i = 0; i < BLOCK_STATUSES; i++) {
        if (statuses[i])
            printf("  %s: %" PRIu64, status_text(i), statuses[i]);
        any = any || statuses[i];
    }
    if (any)
        printf("\n");
}

static void print_disk_counters(unsigned index, const struct block_disk_counters_reply *c)
{
    printf("Disk %u: %" PRIu64 " reads (%" PRIu64 " blocks), %" PRIu64 " writes (%" PRIu64 " blocks),\n  %" PRIu64 " flushes, %" PRIu64 " discards\n", index,
        c->reads, c->blocks_read, c->writes, c->blocks_written, c->flushes, c->discards);
    printf("  in flight %" PRIu64 ", queued %" PRIu64 ", most in flight %" PRIu64 ", resets %" PRIu64 ", senseless answers %" PRIu64 "\n", c->in_flight,
        c->queued, c->most_in_flight, c->resets, c->malformed);
    print_statuses(c->statuses);
    for (unsigned i = 0; i < BLOCK_HISTOGRAM_BUCKETS; i++)
        if (c->histogram[i])
            printf("  %s and more: %" PRIu64 "\n", text_time(i ? 1000ull << i : 0).s, c->histogram[i]);
}

static int counters(void)
{
    static struct block_disk_counters_reply c;
    struct block_ring_counters_reply r;
    int error;
    unsigned n = 0;
    for (; (error = block_disk_counters(LAYOUT_CAP_BLOCK, n, &c)) == PAGODA_OK; n++)
        print_disk_counters(n, &c);
    if (error != PAGODA_ERR_END)
        return shell_failed("disk", error);
    if (n == 0) {
        printf("There is no disk.\n");
        return STATUS_OK;
    }
    error = block_ring_counters(LAYOUT_CAP_BLOCK, &r);
    if (error != PAGODA_OK)
        return shell_failed("disk", error);
    printf("Pager's ring: %" PRIu64 " requests, %" PRIu64 " in flight, %" PRIu64 " impossible indices, %" PRIu64 " I/O pages\n", r.taken, r.in_flight,
        r.damaged, r.io_pages);
    print_statuses(r.statuses);
    return STATUS_OK;
}

/* ---- tests ---- */

/* What the tests have in common: a range of blocks, done piece by piece. */
struct range {
    uint64_t volume, first, count, seed;
    uint64_t done, checksum, wrong, first_wrong;
    uint64_t status; /* enum block_status of the first failure */
};

static int check_piece(struct range *r, uint64_t first, uint64_t count)
{
    uint64_t done = 0, checksum = 0;
    int error = block_check(LAYOUT_CAP_BLOCK, r->volume, first, count, &r->status, &done, &checksum);
    r->done += done;
    r->checksum += checksum;
    return error;
}

static int write_piece(struct range *r, uint64_t first, uint64_t count)
{
    uint64_t done = 0;
    int error = block_pattern_write(LAYOUT_CAP_BLOCK, r->volume, first, count, r->seed, &r->status, &done);
    r->done += done;
    return error;
}

static int compare_piece(struct range *r, uint64_t first, uint64_t count)
{
    struct block_pattern_check_reply reply = {0};
    int error = block_pattern_check(LAYOUT_CAP_BLOCK, r->volume, first, count, r->seed, &reply);
    r->status = reply.status;
    r->done += reply.done;
    r->first_wrong = r->wrong == 0 ? reply.first_wrong : r->first_wrong;
    r->wrong += reply.wrong;
    return error;
}

static int over_range(struct range *r, int (*piece)(struct range *, uint64_t, uint64_t), const char *what)
{
    int error = PAGODA_OK;
    for (uint64_t at = 0; at < r->count && error == PAGODA_OK && r->status == BLOCK_OK; at += PER_CALL)
        error = piece(r, r->first + at, r->count - at < PER_CALL ? r->count - at : PER_CALL);
    if (error != PAGODA_OK)
        return shell_failed("disk", error);
    printf("%s %" PRIu64 " of %" PRIu64 " blocks", what, r->done, r->count);
    if (r->status != BLOCK_OK) {
        printf("\n");
        return shell_complain("disk", "volume %" PRIu64 ": %s", r->volume, status_text(r->status));
    }
    return STATUS_OK;
}

static int parse_numbers(int argc, char **argv, int first, uint64_t *numbers[], int n)
{
    for (int i = 0; i < n && first + i < argc; i++)
        if (!text_parse_number(argv[first + i], numbers[i]))
            return command_usage(&command_disk, "'%s' is not a number", argv[first + i]);
    return STATUS_OK;
}

/* The whole volume unless a range is given. */
static int whole_volume(struct range *r)
{
    struct block_volume_list_reply v;
    int error = block_volume_list(LAYOUT_CAP_BLOCK, r->volume, &v);
    if (error != PAGODA_OK)
        return shell_failed("disk", error == PAGODA_ERR_END ? PAGODA_ERR_NO_SUCH_VOLUME : error);
    r->count = r->count == UINT64_MAX ? (v.blocks > r->first ? v.blocks - r->first : 1) : r->count;
    return STATUS_OK;
}

static int check(int argc, char **argv)
{
    struct range r = {.count = UINT64_MAX};
    int status = parse_numbers(argc, argv, 2, (uint64_t *[]){&r.volume, &r.first, &r.count}, 3);
    if (status == STATUS_OK)
        status = whole_volume(&r);
    if (status == STATUS_OK)
        status = over_range(&r, check_piece, "read");
    if (status == STATUS_OK)
        printf(", checksum %016" PRIx64 "\n", r.checksum);
    return status;
}

static int pattern(int argc, char **argv, bool writes)
{
    struct range r = {0};
    int status = parse_numbers(argc, argv, 2, (uint64_t *[]){&r.volume, &r.first, &r.count, &r.seed}, 4);
    if (status == STATUS_OK)
        status = over_range(&r, writes ? write_piece : compare_piece, writes ? "wrote" : "compared");
    if (status != STATUS_OK)
        return status;
    if (writes) {
        printf("\n");
        return STATUS_OK;
    }
    printf(", %" PRIu64 " wrong\n", r.wrong);
    return r.wrong ? shell_complain("disk", "block %" PRIu64 " is the first that differs", r.first_wrong) : STATUS_OK;
}

static int discard(int argc, char **argv)
{
    uint64_t volume, first, count, status = 0;
    int parsed = parse_numbers(argc, argv, 2, (uint64_t *[]){&volume, &first, &count}, 3);
    if (parsed != STATUS_OK)
        return parsed;
    int error = block_discard(LAYOUT_CAP_BLOCK, volume, first, count, &status);
    if (error != PAGODA_OK)
        return shell_failed("disk", error);
    return status == BLOCK_OK ? STATUS_OK : shell_complain("disk", "volume %" PRIu64 ": %s", volume, status_text(status));
}

static int inject(int argc, char **argv)
{
    static const char *const names[] = {"none", "fail", "late", "short", "flip", "crash"};
    const unsigned n = sizeof(names) / sizeof(names[0]);
    uint64_t fault = text_parse_choice(argv[2], names, n), after = 0, every = 0, delay = 0;
    if (fault == n)
        return command_usage(&command_disk, "no fault '%s'", argv[2]);
    int parsed = parse_numbers(argc, argv, 3, (uint64_t *[]){&after, &every, &delay}, 3);
    if (parsed != STATUS_OK)
        return parsed;
    int error = block_inject(LAYOUT_CAP_BLOCK, fault, after, every, delay);
    return error == PAGODA_OK ? STATUS_OK : shell_failed("disk", error);
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    const char *what = argc > 1 ? argv[1] : "";
    if (argc == 1)
        return list();
    if (strcmp(what, "counters") == 0 && argc == 2)
        return counters();
    if (strcmp(what, "check") == 0 && argc >= 3 && argc <= 5)
        return check(argc, argv);
    if (strcmp(what, "format") == 0)
        return format_volume(&command_disk, argc, argv, block_format, "pages; 'swap on' uses it");
    if ((strcmp(what, "write") == 0 || strcmp(what, "compare") == 0) && argc == 6)
        return pattern(argc, argv, what[0] == 'w');
    if (strcmp(what, "discard") == 0 && argc == 5)
        return discard(argc, argv);
    if (strcmp(what, "inject") == 0 && argc >= 3 && argc <= 6)
        return inject(argc, argv);
    return command_usage(&command_disk, "wrong arguments for '%s'; 'help disk' has them", what);
}

const struct command command_disk = {
    .name = "disk",
    .usage = "[counters|check|format|write|compare|discard|inject ...]",
    .summary = "disks and volumes; format and test them",
    .help = "disk                                  disks, and volumes with their numbers\n"
            "disk counters                         what the disks have done, and how fast\n"
            "disk check VOLUME [FIRST [COUNT]]     read blocks of 4 KiB: can it be read?\n"
            "disk format VOLUME [force]            make it a swap volume\n"
            "disk write VOLUME FIRST COUNT SEED    write a pattern to a swap volume that the\n"
            "                                      pager does not use\n"
            "disk compare VOLUME FIRST COUNT SEED  is the pattern there?\n"
            "disk discard VOLUME FIRST COUNT       these blocks are not needed any more\n"
            "disk inject FAULT [AFTER [EVERY [MS]]]\n"
            "                                      debug builds: let reads and writes go\n"
            "                                      wrong; FAULT is fail, late (by MS), short,\n"
            "                                      flip, none, or crash (without AFTER:\n"
            "                                      at once)\n"
            "A volume is never written to unless it carries Pagoda's header; only format\n"
            "writes that, and not over anything else unless forced.\n",
    .words = "counters|check|format Volume force|write|compare|discard|inject none|inject fail|inject late|inject short|inject flip|inject crash",
    .group = GROUP_SYSTEM,
    .min_args = 0,
    .max_args = 5,
    .run = run,
};
