/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests for work: compaction, large frames, colours, traces. */
#include "compact.h"
#include "migrate.h"
#include "promote.h"
#include "recolour.h"
#include "requests.h"
#include "space.h"
#include "state.h"
#include "trace.h"

#include <generated/pager_server.h>
#include <string.h>

uint64_t pager_on_space_promote(struct server_call *call, const struct pager_space_promote_args *args, struct pager_space_promote_reply *reply)
{
    struct space *s;
    bool found;
    uint64_t error = request_target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    if (!args->dry) {
        memory_ready(3);
    }
    uint64_t page = promote_next(s, args->va >> PAGE_BITS, args->dry, &found);
    reply->found = found;
    reply->next = page < PAGEMAP_PAGES ? page << PAGE_BITS : 0;
    return 0;
}

uint64_t pager_on_compact(struct server_call *call, const struct pager_compact_args *args, struct pager_compact_reply *reply)
{
    uint64_t before = migrate_moved();

    (void)call;
    reply->more = 1;
    if (args->what == PAGER_COMPACT_STIR) {
        compact_stir((uint32_t)args->n);
    }
    for (uint64_t i = 0; args->what == PAGER_COMPACT_PASS && i < args->n && reply->more; i++) {
        reply->more = compact_step();
    }
    reply->moved = migrate_moved() - before;
    return 0;
}

uint64_t pager_on_space_set_colours(struct server_call *call, const struct pager_space_set_colours_args *args,
                                    struct pager_space_set_colours_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    (void)reply;
    if (error) {
        return error;
    }
    if (args->set > UINT32_MAX || !colour_set_valid((uint32_t)args->set, pager.colours)) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    space_set_colours(s, (uint32_t)args->set);
    return 0;
}

uint64_t pager_on_space_recolour(struct server_call *call, const struct pager_space_recolour_args *args, struct pager_space_recolour_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    if (!pager.colouring) {
        return PAGODA_ERR_NOT_SUPPORTED;
    }
    uint64_t page = recolour_pages(s, args->va >> PAGE_BITS, (uint32_t)args->n, &reply->moved);
    reply->next = page < PAGEMAP_PAGES ? page << PAGE_BITS : 0;
    return 0;
}

uint64_t pager_on_trace_start(struct server_call *call, const struct pager_trace_start_args *args, struct pager_trace_start_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    (void)reply;
    return error ? error : trace_start(s, (uint32_t)args->frames);
}

uint64_t pager_on_trace_stop(struct server_call *call, const struct pager_trace_stop_args *args, struct pager_trace_stop_reply *reply)
{
    (void)call;
    (void)reply;
    if (args->drop) {
        trace_drop();
    } else {
        trace_stop();
    }
    return 0;
}

uint64_t pager_on_trace_info(struct server_call *call, const struct pager_trace_info_args *args, struct pager_trace_info_reply *reply)
{
    struct trace_info info;

    (void)call;
    (void)args;
    if (!trace_tell(&info)) {
        return 0;
    }
    reply->frames = trace_frames();
    reply->recording = info.recording;
    reply->space = info.space;
    reply->policy = info.file.policy;
    reply->words = info.file.words;
    reply->room = info.room;
    reply->misses = info.file.misses;
    reply->lost = info.file.lost;
    reply->ns = info.file.ns;
    reply->end = info.file.end;
    memcpy(reply->label, info.file.label, sizeof reply->label);
    return 0;
}

uint64_t pager_on_trace_read(struct server_call *call, const struct pager_trace_read_args *args, struct pager_trace_read_reply *reply)
{
    uint64_t words[sizeof reply->words.data / 8];

    (void)call;
    reply->words.len = 8 * trace_read(args->first, words, sizeof words / 8);
    memcpy(reply->words.data, words, reply->words.len);
    return 0;
}
