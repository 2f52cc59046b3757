/* SPDX-License-Identifier: BSD-2-Clause */
/* Recording what reaches the eviction policy of a process, saving that on a disk, and replaying it on any policy. */
#include "census.h"
#include "command.h"
#include "format.h"
#include "table.h"
#include "text.h"
#include "trace_store.h"

#include "generated/block_client.h"
#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <string.h>

extern const struct command command_trace;

#define DEFAULT_SIZE (1u << 20)
#define MOST_SIZE (4u << 20)

static struct table table;

/* Of `load`; else the one that the pager recorded last is replayed. */
static struct trace_copy loaded;

static const char *end_text(uint64_t end)
{
    static const char *const texts[TRACE_ENDS] = {[TRACE_END_STOPPED] = "by command", [TRACE_END_FULL] = "there was no room for more",
                                                  [TRACE_END_PROGRAM] = "the program ended", [TRACE_END_POLICY] = "the policy was changed",
                                                  [TRACE_END_MEMORY] = "memory was too short"};
    return end < TRACE_ENDS ? texts[end] : "?";
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- status ---- */

/* describe: what is known of a trace from its header. */
static void describe(const struct trace_file *file)
{
    printf("%s, policy %s: %s in %s, %" PRIu64 " page%s brought back.\n", (const char *)file->label, evict_policy_name(file->policy), text_size(file->words * 8).s,
           text_time(file->ns).s, file->misses, plural(file->misses));
    if (file->lost > 0)
        printf("It was full then; %" PRIu64 " event%s followed.\n", file->lost, plural(file->lost));
}

static void show_recorded(const struct pager_trace_info_reply *info)
{
    if (info->frames == 0) {
        printf("Nothing was recorded.\n");
        return;
    }
    struct trace_file file = {.policy = (uint32_t)info->policy, .words = info->words, .misses = info->misses, .lost = info->lost, .ns = info->ns};
    memcpy(file.label, info->label, strnlen(info->label, sizeof file.label - 1));
    if (info->recording)
        printf("Recording, with room for %s more:\n", text_size(info->room * 8).s);
    else
        printf("Recorded; it ended because %s:\n", info->end == TRACE_END_STOPPED ? "it was stopped" : end_text(info->end));
    describe(&file);
}

static int show(void)
{
    struct pager_trace_info_reply info;
    int error = pager_trace_info(LAYOUT_CAP_PAGER, &info);
    if (error != PAGODA_OK)
        return shell_failed("trace", error);
    show_recorded(&info);
    if (loaded.words) {
        printf("Loaded: ");
        describe(&loaded.file);
    }
    return STATUS_OK;
}

/* ---- recording ---- */

static int start(int argc, char **argv)
{
    uint64_t size = DEFAULT_SIZE;
    if (argc == 4 && (!text_parse_size(argv[3], &size) || size == 0 || size > MOST_SIZE))
        return command_usage(&command_trace, "'%s' is not a size up to %s", argv[3], text_size(MOST_SIZE).s);
    const struct census *census = census_take("trace");
    const struct census_entry *entry = census == NULL ? NULL : census_process(census, "trace", argv[2]);
    if (entry == NULL)
        return STATUS_FAILED;
    int error = pager_trace_start(LAYOUT_CAP_PAGER, entry->space.space, (size + PAGE_SIZE - 1) / PAGE_SIZE);
    if (error == PAGODA_ERR_BUSY)
        return shell_complain("trace", "another process is being recorded; 'trace stop' ends that");
    if (error == PAGODA_ERR_NO_MEMORY)
        return shell_complain("trace", "%s are not to be had, or too small for the pages of '%s'", text_size(size).s, entry->space.label);
    if (error != PAGODA_OK)
        return shell_failed("trace", error);
    trace_copy_free(&loaded);
    return show();
}

static int stop(bool drop)
{
    int error = pager_trace_stop(LAYOUT_CAP_PAGER, drop);
    if (error != PAGODA_OK)
        return shell_failed("trace", error);
    if (drop)
        trace_copy_free(&loaded);
    return drop ? STATUS_OK : show();
}

/* ---- volumes ---- */

static int save(uint64_t volume)
{
    struct trace_copy copy = {0};
    int status = trace_from_pager(&copy);
    if (status == STATUS_OK)
        status = trace_to_volume(&copy, volume);
    if (status == STATUS_OK) {
        printf("Saved: ");
        describe(&copy.file);
    }
    trace_copy_free(&copy);
    return status;
}

static int load(uint64_t volume)
{
    int status = trace_from_volume(&loaded, volume);
    if (status == STATUS_OK) {
        printf("Loaded: ");
        describe(&loaded.file);
    }
    return status;
}

static int with_volume(char **argv)
{
    uint64_t volume;
    if (!text_parse_number(argv[2], &volume))
        return command_usage(&command_trace, "'%s' is not the number of a volume", argv[2]);
    return argv[1][0] == 's' ? save(volume) : load(volume);
}

/* ---- replay ---- */

static uint64_t add_run(struct replay *replay, enum evict_kind policy, bool follow)
{
    struct replay_result r;
    replay_run(replay, policy, follow, &r);
    table_cell(&table, "%s", evict_name(policy));
    table_cell(&table, "%" PRIu64, r.misses);
    table_cell(&table, "%s", text_percent(r.misses, replay->file.misses).s);
    table_cell(&table, "%" PRIu64, r.ahead);
    table_cell(&table, "%" PRIu64, r.evicted);
    table_cell(&table, "%" PRIu64, r.scanned);
    if (r.exact)
        table_cell(&table, "exact: as recorded");
    else if (follow)
        table_cell(&table, "estimate from event %" PRIu64 " on", r.followed + 1);
    else
        table_cell(&table, "estimate from the start on");
    return r.events;
}

/* replay_all: one policy, or each (EVICT_KINDS); the recorded one also by the estimate alone, to compare the others with. Returns how many events there are. */
static uint64_t replay_all(struct replay *replay, enum evict_kind only)
{
    uint64_t events = 0;
    table_begin(&table, "<POLICY|>MISSES|>SHARE|>AHEAD|>EVICTED|>SCANNED|<HOW");
    table.gap = 1; /* 80 columns */
    for (unsigned kind = 0; kind < EVICT_KINDS; kind++) {
        if (only == EVICT_KINDS || kind == only)
            events = add_run(replay, (enum evict_kind)kind, true);
        if (only == EVICT_KINDS && kind == replay->file.policy)
            add_run(replay, (enum evict_kind)kind, false);
    }
    table_print(&table, stdout);
    return events;
}

static int replay(const char *name)
{
    struct trace_copy copy = {0};
    struct replay run;
    enum evict_kind only = EVICT_KINDS;
    if (name && !evict_by_name(name, &only))
        return command_usage(&command_trace, "there is no policy '%s'; generations, clock and 2q are known", name);
    int status = loaded.words ? STATUS_OK : trace_from_pager(&copy);
    if (status != STATUS_OK)
        return status;
    const struct trace_copy *trace = loaded.words ? &loaded : &copy;
    enum replay_error error = replay_open(&run, &trace->file, trace->words);
    if (error) {
        trace_copy_free(&copy);
        return shell_complain("trace", "this is %s", replay_error_text(error));
    }
    describe(&trace->file);
    uint64_t events = replay_all(&run, only);
    printf("%" PRIu64 " event%s in all.\n", events, plural(events));
    replay_close(&run);
    trace_copy_free(&copy);
    return STATUS_OK;
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    const char *what = argc > 1 ? argv[1] : "status";
    if (strcmp(what, "status") == 0 && argc <= 2)
        return show();
    if (strcmp(what, "start") == 0)
        return argc >= 3 ? start(argc, argv) : command_usage(&command_trace, "'trace start' wants a process; 'ps' lists them");
    if ((strcmp(what, "stop") == 0 || strcmp(what, "drop") == 0) && argc == 2)
        return stop(what[0] == 'd');
    if (strcmp(what, "format") == 0)
        return format_volume(&command_trace, argc, argv, block_trace_format, "a trace; 'trace save' writes it");
    if ((strcmp(what, "save") == 0 || strcmp(what, "load") == 0) && argc <= 3)
        return argc == 3 ? with_volume(argv) : command_usage(&command_trace, "'trace %s' wants the number of a volume; 'disk' lists them", what);
    if (strcmp(what, "replay") == 0 && argc <= 3)
        return replay(argc == 3 ? argv[2] : NULL);
    return command_usage(&command_trace, "'%s' is none of start PID, stop, drop, replay, format, save and load with a volume", what);
}

const struct command command_trace = {
    .name = "trace",
    .usage = "[start PID [SIZE] | stop | save VOLUME | replay [POLICY] | ...]",
    .summary = "record evictions, replay them on any policy",
    .help = "'trace start 5' records what reaches the eviction policy for process 5, in 1 MiB\n"
            "of memory unless a size is given, until 'trace stop', its end, or no room is\n"
            "left. 'trace replay' tells how many pages each policy would have had to bring\n"
            "back, and what share of the number counted then. The policy of the recording\n"
            "comes to exactly that. Another one is exact up to its first other decision; from\n"
            "there on it is an estimate from the accesses that the recording shows, with the\n"
            "same memory. The estimate for the recorded one tells what estimates are worth.\n"
            "'trace format 1' makes volume 1 one for traces ('force' if it holds something),\n"
            "'trace save 1' writes the recorded trace to it, 'trace load 1' reads it back.\n"
            "scripts/simulate replays it from an image of the disk. 'trace drop' gives the\n"
            "memory back.\n",
    .words = "status|start PID |stop|drop|format Volume force|save Volume|load Volume|replay generations|replay clock|replay 2q",
    .group = GROUP_MEMORY,
    .max_args = 3,
    .run = run,
};
