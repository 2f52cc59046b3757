/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that tell what is known of memory as a whole: books, faults, pressure, stores, arrangement, load; and the check of the books. */
#include "audit.h"
#include "balance.h"
#include "compact.h"
#include "fault.h"
#include "frame.h"
#include "large.h"
#include "load.h"
#include "migrate.h"
#include "park.h"
#include "policy/compact_choice.h"
#include "pool.h"
#include "pressure.h"
#include "prezero.h"
#include "promise.h"
#include "promote.h"
#include "reclaim.h"
#include "requests.h"
#include "space.h"
#include "stalls.h"
#include "state.h"
#include "store.h"
#include "swap.h"
#include "unmap.h"
#include "waiting.h"

#include <generated/pager_server.h>
#include <pagoda/layout.h>
#include <string.h>

uint64_t pager_on_memory_info(struct server_call *call, const struct pager_memory_info_args *args, struct pager_memory_info_reply *reply)
{
    (void)call;
    (void)args;
    reply->total = pager.ram_pages;
    reply->free = pages_free();
    reply->kernel = pager.kernel_pages;
    reply->init = pager.init_pages;
    reply->archive = pager.archive_pages;
    reply->pager = pager.own_pages + pages_in(FRAME_META) + pages_in(FRAME_SLOTS);
    reply->tables = pages_in(FRAME_TABLE);
    reply->objects = pages_in(FRAME_OBJECT);
    reply->anonymous = pages_in(FRAME_ANON);
    reply->file = 0; /* files are used where they lie in the archive, or copied into anonymous frames */
    reply->chunks_free = chunks_free();
    reply->largest_free = pages_largest_free();
    reply->store = pages_in(FRAME_STORE);
    return 0;
}

uint64_t pager_on_fault_counts(struct server_call *call, const struct pager_fault_counts_args *args, struct pager_fault_counts_reply *reply)
{
    (void)call;
    (void)args;
    spaces_count_faults(reply->counts);
    memcpy(reply->histogram, pager.histogram, sizeof pager.histogram);
    reply->total_ns = pager.total_ns;
    return 0;
}

_Static_assert((int)PRESSURE_REASONS == PAGER_PRESSURE_REASONS && (int)PRESSURE_FRAGMENTATION == PAGER_PRESSURE_FRAGMENTATION &&
                   STALL_ALL == PAGER_STALL_ALL, "signals are the protocol's");

uint64_t pager_on_pressure_info(struct server_call *call, const struct pager_pressure_info_args *args, struct pager_pressure_info_reply *reply)
{
    (void)call;
    (void)args;
    pressure_moved();
    stalls_update();
    struct pressure_request request = pressure_ask(&pager.pressure, pages_free());
    reply->level = request.level;
    reply->reason = request.reason;
    reply->time_left = request.deadline_ns;
    reply->free = pages_free();
    reply->total = pager.ram_pages;
    reply->refault_rate = pager.pressure.refaults_per_s;
    reply->consumption_rate = pager.pressure.consumed_per_s;
    reply->scattered = pages_scattered();
    for (unsigned i = 0; i < PRESSURE_REASONS; i++) {
        reply->levels[i] = pager.pressure.levels[i];
    }
    request_tell_stalls(&pager.stall, reply->stall_some, reply->stall_full);
    memcpy(reply->enter, pager.pressure.enter, sizeof reply->enter);
    memcpy(reply->leave, pager.pressure.leave, sizeof reply->leave);
    memcpy(reply->entered, pager.pressure.entered, sizeof reply->entered);
    return 0;
}

uint64_t pager_on_pressure_history(struct server_call *call, const struct pager_pressure_history_args *args,
                                   struct pager_pressure_history_reply *reply)
{
    struct pressure_sample samples[PRESSURE_SAMPLES_MAX];
    unsigned n = history_read(&pager.history, args->skip, samples, PRESSURE_SAMPLES_MAX);

    (void)call;
    reply->taken = pager.history.n;
    reply->period_us = (uint64_t)CLOCK_PERIOD_US * CLOCK_PAGER_PERIODS;
    reply->samples.len = n * sizeof samples[0];
    memcpy(reply->samples.data, samples, reply->samples.len);
    return 0;
}

uint64_t pager_on_arrangement_info(struct server_call *call, const struct pager_arrangement_info_args *args, struct pager_arrangement_info_reply *reply)
{
    struct free_blocks blocks = {{0}};
    struct compact_survey survey;

    (void)call;
    (void)args;
    pages_free_blocks(&blocks);
    compact_survey(&survey);
    memcpy(reply->blocks, blocks.free, sizeof blocks.free);
    for (unsigned order = 0; order < COMPACT_ORDERS; order++) {
        reply->index[order] = (uint64_t)(fragmentation_index(&blocks, order) + 1);
    }
    reply->chunks = survey.chunks;
    reply->free = survey.free;
    reply->fixed = survey.fixed;
    reply->could_free = survey.could_free;
    reply->moves = survey.moves;
    reply->fixed_pages = survey.fixed_pages;
    memcpy(reply->moved, migrate_counters.moved, sizeof migrate_counters.moved);
    reply->in_place = migrate_counters.in_place;
    reply->stayed = migrate_counters.stayed;
    reply->groups_emptied = compact_counters.groups;
    reply->chunks_emptied = compact_counters.chunks;
    reply->passes = compact_counters.passes;
    reply->steps = compact_counters.steps;
    return 0;
}

_Static_assert(sizeof((struct pager_large_info_reply){0}.broken) == sizeof large_counters.broken, "reasons");

uint64_t pager_on_large_info(struct server_call *call, const struct pager_large_info_args *args, struct pager_large_info_reply *reply)
{
    (void)call;
    (void)args;
    reply->now = large_now();
    reply->given = large_counters.given;
    memcpy(reply->broken, large_counters.broken, sizeof large_counters.broken);
    reply->promoted = promote_counters.promoted;
    reply->allowed = large_allowed();
    reply->moved_for = large_counters.moved_for;
    return 0;
}

_Static_assert(sizeof((struct pager_promotion_info_reply){0}.broken) == sizeof promote_counters.broken, "reasons");

uint64_t pager_on_promotion_info(struct server_call *call, const struct pager_promotion_info_args *args, struct pager_promotion_info_reply *reply)
{
    (void)call;
    (void)args;
    reply->promoted = promote_counters.promoted;
    reply->whole = promote_whole();
    memcpy(reply->broken, promote_counters.broken, sizeof promote_counters.broken);
    reply->abandoned = promote_counters.abandoned;
    reply->copied = promote_counters.copied;
    reply->again = promote_counters.again;
    reply->ns = ticks_to_ns(promote_counters.ticks);
    reply->paid = promotion.paid_all;
    reply->lost = promotion.lost_all;
    reply->pauses = promotion.pauses_all;
    reply->pause = promote_pause();
    reply->watched = promotion_count(&promotion, PROMOTION_WATCHED);
    reply->resting = promotion_count(&promotion, PROMOTION_RESTING);
    return 0;
}

uint64_t pager_on_store_info(struct server_call *call, const struct pager_store_info_args *args, struct pager_store_info_reply *reply)
{
    (void)call;
    (void)args;
    reply->pages = store_pages();
    reply->frames = store_frames();
    reply->compressed = pool_objects();
    reply->compressed_bytes = pool_stored();
    reply->compressed_frames = pool_frames();
    reply->limit = balance_limit();
    reply->wasted = pool_wasted();
    _Static_assert(sizeof reply->put == sizeof store_counters.put && sizeof reply->got == sizeof store_counters.got, "a count for each kind of store");
    memcpy(reply->put, store_counters.put, sizeof store_counters.put);
    memcpy(reply->got, store_counters.got, sizeof store_counters.got);
    reply->refused = store_counters.refused;
    reply->damaged = store_counters.damaged;
    reply->evicted = reclaim_counters.evicted;
    reply->clean = reclaim_counters.clean;
    reply->zero = reclaim_counters.zero;
    reply->dropped = reclaim_counters.dropped;
    reply->kept = reclaim_counters.kept;
    reply->tables = reclaim_counters.tables;
    reply->unmapped = unmap_count;
    reply->scanned = reclaim_counters.scanned;
    reply->direct = park_room_count();
    reply->requests_waiting = waiting_count();
    reply->requests_waited = waiting_counters.kept;
    reply->requests_in_vain = waiting_counters.refused;
    reply->made = fault_made;
    reply->waiting = park_waiting();
    stalls_update();
    reply->stall_some = pager.stall.some.total_ns;
    reply->policy = pager.evict_policy;
    return 0;
}

uint64_t pager_on_swap_info(struct server_call *call, const struct pager_swap_info_args *args, struct pager_swap_info_reply *reply)
{
    struct swap_info info;

    (void)call;
    (void)args;
    swap_tell(&info);
    *reply = (struct pager_swap_info_reply){
        .state = info.state, .reason = info.reason, .volume = info.volume, .slots = info.slots, .used = info.used, .bad = info.bad,
        .in_flight = info.in_flight, .written = info.written, .read = info.read, .write_errors = info.write_errors, .read_errors = info.read_errors,
        .served_in_flight = info.served_in_flight, .io_pages = info.io_pages, .io_pages_free = info.io_pages_free, .repeated = info.repeated,
    };
    return 0;
}

uint64_t pager_on_check(struct server_call *call, const struct pager_check_args *args, struct pager_check_reply *reply)
{
    struct audit_result result;

    (void)call;
    (void)args;
    audit_all(&result);
    reply->problems = result.problems;
    reply->checked_frames = result.frames;
    reply->checked_pages = result.pages;
    return 0;
}

uint64_t pager_on_commit_info(struct server_call *call, const struct pager_commit_info_args *args, struct pager_commit_info_reply *reply)
{
    (void)call;
    (void)args;
    reply->strict = pager.commit.mode == COMMIT_STRICT;
    reply->ram = pager.commit.ram;
    reply->swap = pager.commit.swap;
    reply->limit = commit_limit(&pager.commit);
    reply->promised = pager.commit.promised;
    reply->refused = promises_refused();
    return 0;
}

uint64_t pager_on_load_plan(struct server_call *call, const struct pager_load_plan_args *args, struct pager_load_plan_reply *reply)
{
    uint32_t rows[LOAD_CLIENTS];
    uint32_t n = load_tell(args->computing, rows);

    (void)call;
    _Static_assert(sizeof rows <= sizeof reply->rows.data, "all of them fit");
    reply->room = load_room();
    reply->rows.len = n * sizeof rows[0];
    memcpy(reply->rows.data, rows, reply->rows.len);
    return 0;
}

uint64_t pager_on_load_charge(struct server_call *call, const struct pager_load_charge_args *args, struct pager_load_charge_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, false, &s);

    if (!error) {
        reply->held = load_charge_manager(s, args->ticks, args->between);
    }
    return error;
}

uint64_t pager_on_load_list(struct server_call *call, const struct pager_load_list_args *args, struct pager_load_list_reply *reply)
{
    uint32_t rows[LOAD_CLIENTS];
    uint32_t n = load_list(rows);

    (void)call;
    (void)args;
    _Static_assert(sizeof rows <= sizeof reply->rows.data, "all of them fit");
    reply->rows.len = n * sizeof rows[0];
    memcpy(reply->rows.data, rows, reply->rows.len);
    return 0;
}

uint64_t pager_on_prezero_info(struct server_call *call, const struct pager_prezero_info_args *args, struct pager_prezero_info_reply *reply)
{
    struct prezero_state now;

    (void)call;
    (void)args;
    prezero_state(&now);
    *reply = (struct pager_prezero_info_reply){
        .clean = now.clean,
        .target = now.target,
        .rate = now.rate,
        .limit = now.limit,
        .account = now.account,
        .hits = now.hits,
        .missed = now.missed,
        .wasted = frame_zeros.wasted,
        .steps = prezero_counters.steps,
        .zeroed = prezero_counters.zeroed,
        .armed = prezero_counters.armed,
    };
    return 0;
}
