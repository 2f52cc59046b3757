/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_servers.h"
#include "evict.h"

#include "generated/block_client.h"
#include "generated/console_client.h"
#include "generated/init_client.h"
#include "generated/pager_client.h"
#include "generated/process_client.h"
#include "pagoda/kernel_info.h"
#include "pagoda/layout.h"
#include "pagoda/pagoda.h"
#include "pagoda/page_event.h"
#include "pagoda/pressure_sample.h"
#include "pagoda/trace_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FIRST_PID 100

struct fake fake;
uint64_t fake_ticks;

static void map_kernel_info(void)
{
    static struct kernel_info *info;
    if (info == NULL)
        info = mmap((void *)LAYOUT_KINFO_VA, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (info != (void *)LAYOUT_KINFO_VA)
        abort();
    *info = (struct kernel_info){.magic = KERNEL_INFO_MAGIC,
                                 .version = KERNEL_INFO_VERSION,
                                 .timer_frequency = 62500000,
                                 .boot_ticks = 1000,
                                 .root_ticks = 63500,
                                 .switches_same_space = 12,
                                 .switches_other_space = 3456,
                                 .hw_asid_bits = 16,
                                 .hw_asids_usable = 65535,
                                 .tlbi_page = 77,
                                 .groups_mapped = 91,
                                 .groups_broken = 17,
                                 .syscalls = 9000,
                                 .faults_vm = 500,
                                 .dcache = {{32768, 2, 256, 64}, {1048576, 16, 1024, 64}},
                                 .page_colours = 16};
}

void fake_reset(void)
{
    fake = (struct fake){.zero_sharing = 1, .stack_step = 16, .stack_limit = 8 << 20, .evict = 1, .balance = 1, .prezero_limit = 6, .balance_limit = 5000, .balance_low = 6, .balance_high = 94};
    fake_ticks = 1000 + 62500000ull * 3725 + 62500 * 4;
    map_kernel_info();
}

const char *pagoda_error_text(uint64_t error)
{
    static char text[32];
    snprintf(text, sizeof(text), "error %u", (unsigned)error);
    return text;
}

int64_t pagoda_pack_arguments(char *const argv[], char *data, uint64_t max)
{
    uint64_t used = 0;
    for (; *argv != NULL; argv++) {
        size_t length = strlen(*argv) + 1;
        if (length > max - used)
            return -1;
        memcpy(data + used, *argv, length);
        used += length;
    }
    return (int64_t)used;
}

/* ---- process ---- */

static const struct process_list_reply process_entries[] = {
    {.pid = 1, .state = PROCESS_STATE_RUNNING, .space = 3, .cpu_us = 1234, .name = "shell"},
    {.pid = 4, .state = PROCESS_STATE_RUNNING, .space = 1, .cpu_us = 999, .system = 1, .name = "console"},
    {.pid = 5, .state = PROCESS_STATE_RUNNING, .space = 2, .cpu_us = 1000000, .system = 1, .name = "process"},
    {.pid = 9, .parent = 1, .state = PROCESS_STATE_WAITING, .space = 4, .cpu_us = 5, .name = "forktree"},
    {.pid = 10, .parent = 9, .state = PROCESS_STATE_ZOMBIE, .space = 4, .cpu_us = 6, .name = "forktree"},
};

int process_list(seL4_CPtr endpoint, uint64_t index, struct process_list_reply *reply)
{
    (void)endpoint;
    if (index >= sizeof(process_entries) / sizeof(process_entries[0]))
        return PAGODA_ERR_END;
    *reply = process_entries[index];
    if (fake.held && reply->pid == 9) {
        reply->state = PROCESS_STATE_HELD;
        reply->needs = 512;
        reply->room = 3;
        reply->held_us = 1500000;
    }
    return PAGODA_OK;
}

int process_spawn(seL4_CPtr endpoint, uint64_t flags, uint64_t min_pages, uint64_t weight, uint64_t max_pages, const char *path, const void *arguments, uint64_t arguments_len,
                  uint64_t *pid)
{
    (void)endpoint;
    fake.spawn_share = (struct share){.min_pages = min_pages, .weight = weight, .max_pages = max_pages};
    fake.spawn_flags = flags;
    snprintf(fake.spawn_path, sizeof(fake.spawn_path), "%s", path);
    memcpy(fake.spawn_arguments, arguments, arguments_len);
    fake.spawn_arguments_len = arguments_len;
    if (fake.spawn_error != 0)
        return (int)fake.spawn_error;
    *pid = FIRST_PID + fake.n_spawned++;
    return PAGODA_OK;
}

int process_wait(seL4_CPtr endpoint, uint64_t pid, uint64_t flags, uint64_t *pid_out, uint64_t *status)
{
    (void)endpoint;
    if (fake.n_waited == fake.n_spawned)
        return PAGODA_ERR_NO_CHILD;
    if ((flags & PROCESS_WAIT_NOHANG) != 0 && !fake.background_ended)
        return PAGODA_ERR_WOULD_BLOCK;
    *pid_out = pid != 0 ? pid : FIRST_PID + fake.n_waited;
    *status = fake.end_status;
    fake.n_waited++;
    return PAGODA_OK;
}

int process_foreground(seL4_CPtr endpoint, uint64_t pid)
{
    (void)endpoint;
    fake.foreground = pid;
    return PAGODA_OK;
}

int process_kill(seL4_CPtr endpoint, uint64_t pid, uint64_t signal)
{
    (void)endpoint;
    if (pid == 4 || pid == 5)
        return PAGODA_ERR_NOT_PERMITTED;
    if (pid > FIRST_PID + fake.n_spawned)
        return PAGODA_ERR_NO_SUCH_PROCESS;
    fake.killed_pid = pid;
    fake.killed_signal = signal;
    return PAGODA_OK;
}

int process_self(seL4_CPtr endpoint, uint64_t *pid, uint64_t *parent)
{
    (void)endpoint;
    *pid = 1;
    *parent = 0;
    return PAGODA_OK;
}

/* ---- pager ---- */

static const struct pager_space_list_reply spaces[] = {
    {.space = 1, .label = "console", .regions = 4, .reserved = 32800, .private_pages = 6, .file = 3, .tables = 5, .faults = {1, 2,
     3, 4, 5, 6}},
    {.space = 2, .label = "process", .regions = 4, .reserved = 32810, .private_pages = 9, .file = 4, .tables = 5, .faults = {1}},
    {.space = 3, .label = "shell", .regions = 4, .reserved = 32820, .private_pages = 12, .shared = 2, .zero = 7, .tables = 5,
     .faults = {[7] = 3}},
    {.space = 4, .label = "forktree", .regions = 5, .reserved = 32830, .private_pages = 16, .shared = 20, .tables = 6, .max_pages = 1000},
    {.space = 7, .label = "new", .regions = 0, .tables = 2},
};

int pager_space_list(seL4_CPtr endpoint, uint64_t index, struct pager_space_list_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (index >= sizeof(spaces) / sizeof(spaces[0]))
        return PAGODA_ERR_END;
    *reply = spaces[index];
    return PAGODA_OK;
}

int pager_region_list(seL4_CPtr endpoint, uint64_t space, uint64_t index, struct pager_region_list_reply *reply)
{
    static const struct pager_region_list_reply regions[] = {
        {.va = 0x410000, .length = 8 * 4096, .kind = PAGER_REGION_FILE, .prot = 5, .file = 2},
        {.va = 0x38000000, .length = 0x8000000, .kind = PAGER_REGION_STACK, .prot = 3},
    };
    (void)endpoint, (void)space;
    if (index >= sizeof(regions) / sizeof(regions[0]))
        return PAGODA_ERR_END;
    *reply = regions[index];
    return PAGODA_OK;
}

/* Every range takes two calls, and all that it holds is told by the first. */
int pager_pages_count(seL4_CPtr endpoint, uint64_t space, uint64_t va, uint64_t length, struct pager_pages_count_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (space == 7)
        return PAGODA_ERR_NO_SUCH_SPACE;
    *reply = (struct pager_pages_count_reply){.next = va % 0x10000 == 0 ? va + 4096 : va + length};
    if (va == 0)
        reply->on_disk = 5;
    else if (va == 0x410000)
        reply->states[PAGER_PAGE_STATE_FILE] = 8;
    else if (va == LAYOUT_STACK_TOP - (128 << 20))
        reply->states[PAGER_PAGE_STATE_PRIVATE] = 3 * space;
    else if (va % 0x10000 == 0)
        reply->states[PAGER_PAGE_STATE_ZERO] = 180;
    return PAGODA_OK;
}

int pager_stack_list(seL4_CPtr endpoint, uint64_t space, uint64_t index, struct pager_stack_list_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (space == 7)
        return PAGODA_ERR_NO_SUCH_SPACE;
    if (index > 0)
        return PAGODA_ERR_END;
    *reply = (struct pager_stack_list_reply){
        .top = LAYOUT_STACK_TOP, .size = 16384 * space, .limit = 8 << 20, .reserve = 128 << 20, .growths =
            space, .step = 2, .used = 4096, .given = 11 * space, .trims = 1};
    return PAGODA_OK;
}

int pager_colour_info(seL4_CPtr endpoint, uint64_t space, uint64_t va, struct pager_colour_info_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (space == 7)
        return PAGODA_ERR_NO_SUCH_SPACE;
    *reply = (struct pager_colour_info_reply){.colours = fake.colours ? fake.colours : 16, .set = fake.colour_set ? fake.colour_set : 0xffff, .right = va == 0 ? space : 0,
        .next = va == 0 ? 0x200000 : 0}; /* two calls */
    for (unsigned i = 0; i < reply->colours; i++)
        reply->pages[i] = va == 0 ? space * i : 0;
    return PAGODA_OK;
}

int pager_predict_list(seL4_CPtr endpoint, uint64_t space, uint64_t index, struct pager_predict_list_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (space == 7)
        return PAGODA_ERR_NO_SUCH_SPACE;
    if (index > PAGER_PATTERN_STRIDE)
        return PAGODA_ERR_END;
    *reply = (struct pager_predict_list_reply){.va = 0x10000000 * (index + 1), .length = 8192, .kind = PAGER_REGION_ANONYMOUS, .advice = index % 3, .pattern = index,
        .stride = index == PAGER_PATTERN_STRIDE ? (uint64_t)-7 : 1, .confidence = 250, .window = 8, .ahead = 3, .used = 90, .wasted = 10, .brought = 1000, .proved = 900};
    return PAGODA_OK;
}

int pager_space_set_colours(seL4_CPtr endpoint, uint64_t space, uint64_t set)
{
    (void)endpoint;
    (void)space;
    fake.colour_set = set;
    return PAGODA_OK;
}

/* Two calls bring it to the end of a space, with five pages moved. */
int pager_space_recolour(seL4_CPtr endpoint, uint64_t space, uint64_t va, uint64_t n, uint64_t *next, uint64_t *moved)
{
    (void)endpoint;
    (void)n;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (space == 7)
        return PAGODA_ERR_NO_SUCH_SPACE;
    if (!fake.colouring)
        return PAGODA_ERR_NOT_SUPPORTED;
    *moved = va == 0 ? 4 : 1;
    *next = va == 0 ? 0x1000 : 0;
    return PAGODA_OK;
}

/* A decision takes one step up; the memory is 100 frames for each hundredth. */
int pager_balance(seL4_CPtr endpoint, uint64_t decide, struct pager_balance_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (decide && !fake.disk_in_use)
        return PAGODA_ERR_NOT_SUPPORTED;
    fake.balance_limit += decide ? 500 : 0;
    *reply = (struct pager_balance_reply){.useful = fake.disk_in_use, .advice = PAGER_BALANCE_MORE, .limit = fake.balance_limit, .low = fake.balance_low * 100, .high = fake.balance_high * 100,
        .used = 1024, .memory = 10000, .more_ns = 5000000, .less_ns = 1000000, .evidence = 70, .read_ns = 150000, .expand_ns = 3000, .compress_ns = 9000, .grown = 4, .shrunk = 2};
    return PAGODA_OK;
}

int pager_balance_bounds(seL4_CPtr endpoint, uint64_t low, uint64_t high)
{
    (void)endpoint;
    fake.balance_low = low;
    fake.balance_high = high;
    return PAGODA_OK;
}

int pager_stack_trim(seL4_CPtr endpoint, uint64_t space, uint64_t *pages)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (space == 7)
        return PAGODA_ERR_NO_SUCH_SPACE;
    if (!fake.thread_lent) {
        fake.thread_lent = true;
        return PAGODA_ERR_WOULD_BLOCK;
    }
    *pages = space;
    return PAGODA_OK;
}

int pager_stack_set_limit(seL4_CPtr endpoint, uint64_t space, uint64_t limit)
{
    (void)endpoint;
    if (limit > 128 << 20)
        return PAGODA_ERR_INVALID_ARGUMENT;
    fake.limit_space = space;
    fake.limit_bytes = limit;
    return PAGODA_OK;
}

int pager_space_set_limit(seL4_CPtr endpoint, uint64_t space, uint64_t max_pages)
{
    (void)endpoint;
    fake.limit_space = space;
    fake.limit_pages = max_pages;
    return PAGODA_OK;
}

int pager_memory_info(seL4_CPtr endpoint, struct pager_memory_info_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    *reply = (struct pager_memory_info_reply){.total = 16384, .free = 12000, .kernel = 2000, .init = 100, .archive = 400, .pager =
        800, .tables = 40,
                                              .objects = 44, .anonymous = 900, .file = 60, .store = 40, .chunks_free = 20, .largest_free = 8192};
    return PAGODA_OK;
}

int pager_fault_counts(seL4_CPtr endpoint, struct pager_fault_counts_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    *reply = (struct pager_fault_counts_reply){.counts = {10, 20, 30}, .histogram = {[11] = 15, [12] = 44, [14] = 1}, .total_ns = 300000};
    return PAGODA_OK;
}

int pager_pressure_info(seL4_CPtr endpoint, struct pager_pressure_info_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    *reply = (struct pager_pressure_info_reply){
        .level = 1, .free = 2000, .total = 16384, .enter = {2048, 1024, 512}, .leave = {2560, 1280, 640}, .entered = {1, 1, 0, 0},
        .levels = {1, 0, 1, 0, 0}, .stall_some = {6554, 0, 0}, .refault_rate = 1500, .time_left = UINT64_MAX, .scattered = 500};
    return PAGODA_OK;
}

int pager_pressure_history(seL4_CPtr endpoint, uint64_t skip, struct pager_pressure_history_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    *reply = (struct pager_pressure_history_reply){.taken = fake.n_samples, .period_us = 1000000};
    for (uint64_t i = skip; i < fake.n_samples && i - skip < PRESSURE_SAMPLES_MAX; i++) {
        struct pressure_sample sample = {.free_pages = (uint32_t)(12000 - 100 * i), .faults = (uint32_t)i * 10, .level = i == 5 ? 2 : 0};
        memcpy(&reply->samples.data[reply->samples.len], &sample, sizeof(sample));
        reply->samples.len += sizeof(sample);
    }
    return PAGODA_OK;
}

int pager_commit_info(seL4_CPtr endpoint, struct pager_commit_info_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_commit_info_reply){.strict = fake.strict, .ram = 16000, .limit = 15000, .promised = 4000, .refused = 3};
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_commit_set(seL4_CPtr endpoint, uint64_t strict)
{
    (void)endpoint;
    if (strict && fake.too_much_promised)
        return PAGODA_ERR_NO_MEMORY;
    fake.strict = strict;
    return PAGODA_OK;
}

int pager_store_info(seL4_CPtr endpoint, struct pager_store_info_reply *reply)
{
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    *reply = (struct pager_store_info_reply){.policy = fake.evict_policy, .scanned = 2000, .evicted = 900, .clean = 100, .zero = 80, .dropped = 20,
        .kept = 7, .direct = 3, .frames = 42, .pages = 125, .compressed = 120, .compressed_frames = 40, .compressed_bytes = 150000, .limit = 4096,
        .refused = 9, .stall_some = 1500000, .waiting = 1, .put = {[1] = 100, [2] = 700, [3] = 30}, .got = {[1] = 60, [2] = 500, [3] = 20}};
    return PAGODA_OK;
}

int pager_space_memory(seL4_CPtr endpoint, uint64_t space, struct pager_space_memory_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_space_memory_reply){.held = 30, .min_pages = 128, .weight = 1, .working_set = 20, .bound = 1, .work = PAGER_LOAD_UNBOUNDED};
    if (space == 4)
        *reply = (struct pager_space_memory_reply){.held = 42, .stored = 50, .refaults = 12345, .evictions = 12400, .stall = 2000000,
            .stall_some = {16384, 655, 0}, .stall_full = {8192, 0, 0}, .min_pages = 128, .weight = 1, .max_pages = 1000,
            .working_set = 32, .thrashes = fake.slowed, .slowed = fake.slowed, .slowed_ns = 1500000000,
            .work = fake.slowed ? PAGER_STALL_ALL / 4 : fake.storms ? PAGER_STALL_ALL / 2 : PAGER_LOAD_UNBOUNDED,
            .storms = fake.storms, .worked = fake.storms ? PAGER_STALL_ALL / 4 * 3 : 0};
    if (fake.turn_changes && (space == 3 || space == 4))
        reply->thrashes = reply->slowed = 1; /* the shell's space comes first, and was slowed; by now the other one is */
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_load_list(seL4_CPtr endpoint, struct pager_load_list_reply *reply)
{
    const uint32_t turn[] = {3 | PAGER_LOAD_SLOWED, 4}, alone[] = {4 | (fake.storms ? PAGER_LOAD_STORMS : PAGER_LOAD_SLOWED)};
    (void)endpoint;
    *reply = (struct pager_load_list_reply){.rows.len = fake.turn_changes ? sizeof(turn) : fake.slowed || fake.storms ? sizeof(alone) : 0};
    memcpy(reply->rows.data, fake.turn_changes ? turn : alone, reply->rows.len);
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_swap_info(seL4_CPtr endpoint, struct pager_swap_info_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_swap_info_reply){.state = PAGER_SWAP_ON, .slots = 4095, .used = 10};
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_swap_on(seL4_CPtr endpoint, uint64_t volume, uint64_t blocks)
{
    (void)endpoint, (void)volume, (void)blocks;
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_swap_off(seL4_CPtr endpoint)
{
    (void)endpoint;
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_page_explain(seL4_CPtr endpoint, uint64_t space, uint64_t va, struct pager_page_explain_reply *reply)
{
    static const struct page_event events[] = {
        {2004000, PAGER_PAGE_EVENT_MOVED, 0, 78},      {2003000, PAGER_PAGE_EVENT_LOOKED, 2, 0},
        {2002000, PAGER_PAGE_EVENT_LOOKED, 0, 1},      {2001000, PAGER_PAGE_EVENT_FAULT, 0, PAGER_FAULT_WRITE_ZERO},
        {2000000, PAGER_PAGE_EVENT_BACK, 0, 1},        {1999000, PAGER_PAGE_EVENT_COMPRESSED, 3, 1523},
        {1998000, PAGER_PAGE_EVENT_DISK, 1, 77},
    };
    (void)endpoint;
    if (va < 4096)
        return PAGODA_ERR_NOT_MAPPED;
    *reply = (struct pager_page_explain_reply){.state = PAGER_PAGE_STATE_PRIVATE, .region_kind = PAGER_REGION_ANONYMOUS, .prot = 3, .mapped = 1,
        .holders = space, .stored_kind = 2, .stored_bytes = 1523, .now_us = 3000000, .since_us = 1000,
        .events = {.len = sizeof(events)}};
    memcpy(reply->events.data, events, sizeof(events));
    return PAGODA_OK;
}

int pager_arrangement_info(seL4_CPtr endpoint, struct pager_arrangement_info_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_arrangement_info_reply){.blocks = {900, 20, 3}, .index = {0, 0, 0, 1, 301, 502, 801, 951, 961, 991}, .chunks = 60,
        .free = fake.chunks_freed, .fixed = 3, .could_free = 12 - fake.chunks_freed, .moves = 1000, .fixed_pages = 77, .moved = {10, 20, 30, 40},
        .stayed = 1, .groups_emptied = 1, .chunks_emptied = 5};
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_large_info(seL4_CPtr endpoint, struct pager_large_info_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_large_info_reply){.now = 3, .given = 31, .broken = {1, 2, 3, 4, 5, 6, 7}, .promoted = fake.promoted, .allowed = fake.large_allowed, .moved_for = 9};
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_parties(seL4_CPtr endpoint, struct pager_parties_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_parties_reply){.frames = 10000, .takes = {3000, 900, 0, 50, 40, 60}, .low = {1, 2, 0, 0, 40, 60}, .high = {9, 8, 0, 512, 40, 60}, .saves_ns = {1500, 12000, 0, 310, 0, 0},
        .moved = {PAGER_PARTY_GIVES_ROOM, PAGER_PARTY_MOVED, PAGER_PARTY_TAKES_NONE, PAGER_PARTY_FREE_MEMORY, PAGER_PARTY_BY_NEED, PAGER_PARTY_BY_NEED}};
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_promotion_info(seL4_CPtr endpoint, struct pager_promotion_info_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_promotion_info_reply){.promoted = fake.promoted, .whole = 1, .broken = {1, 2, 3, 4, 5, 6, 7}, .abandoned = 2, .copied = 2100, .again = 52, .ns = 3100000,
        .paid = 3, .lost = 11, .pauses = 1, .pause = fake.promotion_pause, .watched = 1, .resting = 7};
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

/* The first program has two ranges that can be promoted. */
int pager_space_promote(seL4_CPtr endpoint, uint64_t space, uint64_t va, uint64_t dry, uint64_t *next, uint64_t *found)
{
    (void)endpoint;
    *found = space == 1 && va < 2;
    *next = *found ? va + 1 : 0;
    fake.promoted += *found && !dry;
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_compact(seL4_CPtr endpoint, uint64_t what, uint64_t n, uint64_t *moved, uint64_t *more)
{
    (void)endpoint;
    fake.chunks_freed += what == PAGER_COMPACT_PASS;
    *moved = what == PAGER_COMPACT_PASS ? 50 : n;
    *more = what == PAGER_COMPACT_PASS && fake.chunks_freed < 12;
    fake_ticks += 6250;
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_evict_policy(seL4_CPtr endpoint, uint64_t policy)
{
    (void)endpoint;
    fake.evict_policy = policy;
    return PAGODA_OK;
}

int pager_space_set_share(seL4_CPtr endpoint, uint64_t space, uint64_t min_pages, uint64_t weight)
{
    (void)endpoint;
    if (min_pages > 8000)
        return PAGODA_ERR_NO_MEMORY;
    fake.limit_space = space;
    fake.share_min = min_pages;
    fake.share_weight = weight;
    return PAGODA_OK;
}

static uint64_t *setting(uint64_t number)
{
    switch (number) {
    case PAGER_SETTING_ZERO_SHARING:
        return &fake.zero_sharing;
    case PAGER_SETTING_STACK_STEP_MAX:
        return &fake.stack_step;
    case PAGER_SETTING_EVICT:
        return &fake.evict;
    case PAGER_SETTING_COMPACT:
        return &fake.compact;
    case PAGER_SETTING_LARGE:
        return &fake.large;
    case PAGER_SETTING_HINT:
        return &fake.hint;
    case PAGER_SETTING_LOAD_CONTROL:
        return &fake.load_control;
    case PAGER_SETTING_BALANCE:
        return &fake.balance;
    case PAGER_SETTING_PREZERO:
        return &fake.prezero;
    case PAGER_SETTING_PREZERO_LIMIT:
        return &fake.prezero_limit;
    case PAGER_SETTING_STACK_TRIM:
        return &fake.stack_trim;
    case PAGER_SETTING_FAIL_ALLOC:
        return &fake.fail_alloc;
    case PAGER_SETTING_COLOURING:
        return &fake.colouring;
    default:
        return &fake.stack_limit;
    }
}

int pager_prezero_info(seL4_CPtr endpoint, struct pager_prezero_info_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_prezero_info_reply){
        .clean = 512, .target = 600, .rate = 300, .limit = 8000, .account = 77, .hits = 1000, .missed = 2000, .wasted = 5, .steps = 40, .zeroed = 480, .armed = 160};
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_setting_get(seL4_CPtr endpoint, uint64_t number, uint64_t *value)
{
    (void)endpoint;
    *value = *setting(number);
    return fake.pager_down ? PAGODA_ERR_NO_SERVER : PAGODA_OK;
}

int pager_setting_set(seL4_CPtr endpoint, uint64_t number, uint64_t value)
{
    (void)endpoint;
    *setting(number) = value;
    return PAGODA_OK;
}

int pager_check(seL4_CPtr endpoint, uint64_t *problems, uint64_t *checked_frames, uint64_t *checked_pages)
{
    (void)endpoint;
    *problems = fake.problems;
    *checked_frames = 16000;
    *checked_pages = 300;
    return PAGODA_OK;
}

int pager_file_list(seL4_CPtr endpoint, uint64_t index, struct pager_file_list_reply *reply)
{
    static const struct pager_file_list_reply files[] = {
        {.file = 0, .size = 0, .mode = 0040755, .path = "bin"},
        {.file = 1, .size = 1000, .mode = 0100755, .path = "bin/wc"},
        {.file = 2, .size = 4096, .mode = 0100755, .path = "bin/sort"},
        {.file = 3, .size = 70, .mode = 0100644, .path = "README"},
    };
    (void)endpoint;
    if (fake.pager_down)
        return PAGODA_ERR_NO_SERVER;
    if (index >= sizeof(files) / sizeof(files[0]))
        return PAGODA_ERR_END;
    *reply = files[index];
    return PAGODA_OK;
}

/* ---- console, init ---- */

int console_read_within(seL4_CPtr endpoint, uint64_t max, uint64_t timeout_ms, struct console_read_within_reply *reply)
{
    (void)endpoint, (void)max;
    if (fake.typed != NULL && *fake.typed != '\0') {
        reply->data.len = 1;
        reply->data.data[0] = (uint8_t)*fake.typed++;
        return PAGODA_OK;
    }
    fake_ticks += timeout_ms * 62500;
    return ++fake.n_pauses <= fake.pauses_max ? PAGODA_ERR_WOULD_BLOCK : PAGODA_ERR_NO_SERVER;
}

int console_flush(seL4_CPtr endpoint)
{
    (void)endpoint;
    return PAGODA_OK;
}

int init_service_list(seL4_CPtr endpoint, uint64_t index, struct init_service_list_reply *reply)
{
    (void)endpoint;
    if (index > 1)
        return PAGODA_ERR_END;
    *reply = (struct init_service_list_reply){.state = INIT_SERVICE_RUNNING, .space = index, .name = "pager"};
    return PAGODA_OK;
}

int init_power_off(seL4_CPtr endpoint)
{
    (void)endpoint;
    fake.powered_off = true;
    return PAGODA_ERR_NOT_SUPPORTED;
}

/* ---- block ---- */

/* One disk of 16 MiB with a swap volume on it. */
int block_disk_list(seL4_CPtr endpoint, uint64_t index, struct block_disk_list_reply *reply)
{
    (void)endpoint;
    if (index != 0)
        return PAGODA_ERR_END;
    *reply = (struct block_disk_list_reply){.blocks = 4096, .sector = 512, .write_back = 1, .driver = "virtio-blk"};
    return PAGODA_OK;
}

int block_volume_list(seL4_CPtr endpoint, uint64_t index, struct block_volume_list_reply *reply)
{
    (void)endpoint;
    if (index != 0)
        return PAGODA_ERR_END;
    *reply = (struct block_volume_list_reply){.blocks = 4096, .content = fake.trace_volume ? BLOCK_CONTENT_TRACE : BLOCK_CONTENT_SWAP, .id0 = 0x1234};
    return PAGODA_OK;
}

int block_disk_counters(seL4_CPtr endpoint, uint64_t index, struct block_disk_counters_reply *reply)
{
    (void)endpoint;
    if (index != 0 || fake.no_disk)
        return PAGODA_ERR_END;
    *reply = (struct block_disk_counters_reply){.reads = 7, .blocks_read = 9};
    return PAGODA_OK;
}

int block_ring_counters(seL4_CPtr endpoint, struct block_ring_counters_reply *reply)
{
    (void)endpoint;
    *reply = (struct block_ring_counters_reply){.io_pages = 32};
    return PAGODA_OK;
}

int block_format(seL4_CPtr endpoint, uint64_t volume, uint64_t force, uint64_t id0, uint64_t id1)
{
    (void)endpoint, (void)id0, (void)id1;
    fake.formatted += volume == 0 && force;
    return volume != 0 ? PAGODA_ERR_NO_SUCH_VOLUME : force ? PAGODA_OK : PAGODA_ERR_NOT_EMPTY;
}

int block_check(seL4_CPtr endpoint, uint64_t volume, uint64_t first, uint64_t count, uint64_t *status, uint64_t *done, uint64_t *checksum)
{
    (void)endpoint, (void)volume;
    *status = first + count > 4096 ? 4 : 0;
    *done = *status ? 0 : count;
    *checksum = 0xabc;
    return PAGODA_OK;
}

int block_pattern_write(seL4_CPtr endpoint, uint64_t volume, uint64_t first, uint64_t count, uint64_t seed, uint64_t *status, uint64_t *done)
{
    (void)endpoint, (void)volume, (void)first, (void)seed;
    *status = 0;
    *done = count;
    return PAGODA_OK;
}

int block_pattern_check(seL4_CPtr endpoint, uint64_t volume, uint64_t first, uint64_t count, uint64_t seed, struct block_pattern_check_reply *reply)
{
    (void)endpoint, (void)volume;
    *reply = (struct block_pattern_check_reply){.done = count, .wrong = seed == 9, .first_wrong = first};
    return PAGODA_OK;
}

int block_discard(seL4_CPtr endpoint, uint64_t volume, uint64_t first, uint64_t count, uint64_t *status)
{
    (void)endpoint, (void)volume, (void)first, (void)count;
    *status = 9;
    return PAGODA_OK;
}

int block_inject(seL4_CPtr endpoint, uint64_t fault, uint64_t after, uint64_t every, uint64_t delay)
{
    (void)endpoint, (void)fault, (void)after, (void)every, (void)delay;
    return PAGODA_ERR_NOT_SUPPORTED;
}

/* ---- recorded traces ---- */

static uint64_t trace_words[200];

/* make_trace: the start of a policy, and a first touch. */
static uint64_t make_trace(void)
{
    struct evict_state state;
    uint64_t n = (sizeof state + 7) / 8;
    evict_init(&state, EVICT_CLOCK);
    trace_words[0] = trace_word(TRACE_STATE, 0, 0, 0) | n << TRACE_STATE_SHIFT;
    memcpy(&trace_words[1], &state, sizeof state);
    trace_words[1 + n] = trace_word(TRACE_FAULT, TRACE_FAULT_RESIDENT, PAGER_FAULT_WRITE_FIRST, 0x10000);
    return n + 2;
}

int pager_trace_start(seL4_CPtr endpoint, uint64_t space, uint64_t frames)
{
    (void)endpoint;
    if (fake.traced_space)
        return PAGODA_ERR_BUSY;
    if (frames < 3)
        return PAGODA_ERR_NO_MEMORY;
    fake.traced_space = space;
    return PAGODA_OK;
}

int pager_trace_stop(seL4_CPtr endpoint, uint64_t drop)
{
    (void)endpoint;
    fake.trace_recorded = !drop && (fake.trace_recorded || fake.traced_space);
    fake.traced_space = 0;
    return PAGODA_OK;
}

int pager_trace_info(seL4_CPtr endpoint, struct pager_trace_info_reply *reply)
{
    (void)endpoint;
    *reply = (struct pager_trace_info_reply){0};
    if (fake.traced_space || fake.trace_recorded)
        *reply = (struct pager_trace_info_reply){.frames = 256, .recording = fake.traced_space != 0, .policy = EVICT_CLOCK, .words = make_trace(), .room = 1000, .label = "kv"};
    return PAGODA_OK;
}

int pager_trace_read(seL4_CPtr endpoint, uint64_t first, struct pager_trace_read_reply *reply)
{
    (void)endpoint;
    uint64_t n = make_trace() - first, most = sizeof reply->words.data / 8;
    n = n < most ? n : most;
    reply->words.len = n * 8;
    memcpy(reply->words.data, &trace_words[first], n * 8);
    return PAGODA_OK;
}

int block_trace_format(seL4_CPtr endpoint, uint64_t volume, uint64_t force, uint64_t id0, uint64_t id1)
{
    (void)endpoint, (void)id0, (void)id1;
    fake.trace_volume |= volume == 0 && force;
    return volume != 0 ? PAGODA_ERR_NO_SUCH_VOLUME : force ? PAGODA_OK : PAGODA_ERR_NOT_EMPTY;
}

int block_trace_write(seL4_CPtr endpoint, uint64_t volume, uint64_t block, uint64_t offset, uint64_t flush, const void *data, uint64_t data_len, uint64_t *status)
{
    (void)endpoint, (void)volume, (void)flush;
    memcpy(&fake.trace_bytes[block - 1][offset], data, data_len);
    *status = 0;
    return PAGODA_OK;
}

int block_trace_read(seL4_CPtr endpoint, uint64_t volume, uint64_t block, uint64_t offset, struct block_trace_read_reply *reply)
{
    (void)endpoint, (void)volume;
    reply->status = 0;
    reply->data.len = sizeof reply->data.data;
    memcpy(reply->data.data, &fake.trace_bytes[block - 1][offset], sizeof reply->data.data);
    return PAGODA_OK;
}
