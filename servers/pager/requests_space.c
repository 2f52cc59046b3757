/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about a space as a whole: its life, its limits and share, its stack, its events and subscriptions. */
#include "ending.h"
#include "event.h"
#include "fault.h"
#include "fork.h"
#include "frame.h"
#include "leaving.h"
#include "load.h"
#include "pressure.h"
#include "promise.h"
#include "requests.h"
#include "retire.h"
#include "space.h"
#include "stack.h"
#include "state.h"
#include "subscribe.h"

#include <generated/pager_server.h>
#include <string.h>

uint64_t pager_on_space_create(struct server_call *call, const struct pager_space_create_args *args, struct pager_space_create_reply *reply)
{
    struct space *s;
    uint64_t manager = BADGE_ID(call->badge);

    if (manager == 0 || manager > MANAGERS) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    struct space *parent = args->parent ? space_at(args->parent) : NULL;
    if (args->parent && !parent) {
        return PAGODA_ERR_NO_SUCH_SPACE;
    }
    uint64_t error = space_create((uint32_t)manager, 0, args->label, &s);
    if (error) {
        return error;
    }
    if (parent && !space_inherit(s, parent)) {
        space_destroy(s);
        return PAGODA_ERR_OVER_LIMIT;
    }
    if (parent) {
        load_descend(s, parent, false);
    }
    reply->space = s->id;
    reply->kept = s->objects_given;
    return 0;
}

uint64_t pager_on_space_destroy(struct server_call *call, const struct pager_space_destroy_args *args, struct pager_space_destroy_reply *reply)
{
    struct space *s;
    bool bound;
    uint64_t error = request_to_end(call, args->space, &s);

    if (error) {
        return error;
    }
    reply->used = load_working_set(s, &bound);
    if (!leaving_begin(s)) {
        space_destroy(s);
    }
    return 0;
}

uint64_t pager_on_space_retire(struct server_call *call, const struct pager_space_retire_args *args, struct pager_space_retire_reply *reply)
{
    struct space *s;
    bool bound;
    uint64_t error = request_to_end(call, args->space, &s);

    if (error) {
        return error;
    }
    reply->used = load_working_set(s, &bound);
    reply->kept = space_retire(s);
    return 0;
}

uint64_t pager_on_space_fork(struct server_call *call, const struct pager_space_fork_args *args, struct pager_space_fork_reply *reply)
{
    struct space *s, *child;
    uint64_t error = request_target(call, args->space, false, &s);

    error = error ? error : s->ended ? PAGODA_ERR_NO_MEMORY : space_fork(s, &child);
    if (error) {
        return error;
    }
    reply->child = child->id;
    reply->kept = child->objects_given;
    return 0;
}

uint64_t pager_on_space_clear(struct server_call *call, const struct pager_space_clear_args *args, struct pager_space_clear_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, false, &s);

    (void)reply;
    if (error || leaving_large(s)) {
        return error ? error : PAGODA_ERR_TOO_MANY;
    }
    space_clear(s);
    space_set_label(s, args->label);
    return 0;
}

uint64_t pager_on_space_cap(struct server_call *call, const struct pager_space_cap_args *args, struct pager_space_cap_reply *reply)
{
    struct space *s;
    cptr_t cap;
    uint64_t error = request_target(call, args->space, false, &s);

    error = error ? error : space_cap(s, args->kind, &cap);
    if (error) {
        return error;
    }
    reply->cap = cap;
    return 0;
}

uint64_t pager_on_space_write(struct server_call *call, const struct pager_space_write_args *args, struct pager_space_write_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, false, &s);

    (void)reply;
    return error ? error : space_write(s, args->va, args->data.data, args->data.len);
}

uint64_t pager_on_space_set_limit(struct server_call *call, const struct pager_space_set_limit_args *args,
                                  struct pager_space_set_limit_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    (void)reply;
    if (error) {
        return error;
    }
    space_set_limit(s, args->max_pages);
    return 0;
}

uint64_t pager_on_event_next(struct server_call *call, const struct pager_event_next_args *args, struct pager_event_next_reply *reply)
{
    struct space_event event;
    uint64_t manager = BADGE_ID(call->badge);

    (void)args;
    struct space *s = manager <= MANAGERS ? event_take((uint32_t)manager, &event) : NULL;
    if (!s) {
        return PAGODA_ERR_WOULD_BLOCK;
    }
    reply->space = s->id;
    reply->reason = event.reason;
    reply->va = event.va;
    reply->ip = event.ip;
    reply->detail = event.detail;
    reply->limit = event.limit;
    reply->used = event.used;
    return 0;
}

uint64_t pager_on_victim_table(struct server_call *call, const struct pager_victim_table_args *args, struct pager_victim_table_reply *reply)
{
    struct victim_row rows[VICTIM_TABLE_ROWS];
    unsigned n = ending_table(args->space, rows);

    (void)call;
    reply->rows.len = n * sizeof rows[0];
    memcpy(reply->rows.data, rows, reply->rows.len);
    return n ? 0 : PAGODA_ERR_END;
}

uint64_t pager_on_space_thread(struct server_call *call, const struct pager_space_thread_args *args, struct pager_space_thread_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, false, &s);

    (void)reply;
    return error ? error : stack_thread(s);
}

uint64_t pager_on_stack_trim(struct server_call *call, const struct pager_stack_trim_args *args, struct pager_stack_trim_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    if (s->deep && s->thread_slot == SLOT_NONE && !s->thread_asked && stack_thread_wanted(s)) {
        return PAGODA_ERR_WOULD_BLOCK;
    }
    reply->pages = stack_give_back(s);
    stack_tidy(s);
    return 0;
}

uint64_t pager_on_stack_set_limit(struct server_call *call, const struct pager_stack_set_limit_args *args,
                                  struct pager_stack_set_limit_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    (void)reply;
    if (error) {
        return error;
    }
    struct region *r = request_nth_region(s, PAGER_REGION_STACK, 0);
    if (!r || args->limit < (uint64_t)r->stack.grown << PAGE_BITS || args->limit > r->end - r->start - PAGE_SIZE) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    uint64_t now = promise_pages(r), wanted = args->limit >> PAGE_BITS;
    if (wanted > now && !promise_possible(wanted - now)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    promise_end(s, r);
    r->stack.limit = (uint32_t)(wanted < UINT32_MAX ? wanted : UINT32_MAX);
    promise_make(s, r);
    return 0;
}

uint64_t pager_on_pressure_subscribe(struct server_call *call, const struct pager_pressure_subscribe_args *args,
                                     struct pager_pressure_subscribe_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, 0, false, &s);

    (void)reply;
    return error ? error : s->ended ? PAGODA_ERR_NO_MEMORY : subscribe(s, (uint32_t)args->level);
}

uint64_t pager_on_pressure_unsubscribe(struct server_call *call, const struct pager_pressure_unsubscribe_args *args,
                                       struct pager_pressure_unsubscribe_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, 0, false, &s);

    (void)args;
    (void)reply;
    if (!error) {
        unsubscribe(s);
    }
    return error;
}

uint64_t pager_on_pressure_ask(struct server_call *call, const struct pager_pressure_ask_args *args, struct pager_pressure_ask_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, 0, false, &s);

    (void)args;
    if (error) {
        return error;
    }
    pressure_moved();
    struct pressure_request request = pressure_ask(&pager.pressure, pages_free());
    reply->level = request.level;
    reply->reason = request.reason;
    reply->pages = pages_wanted_of(s, request.pages);
    reply->time_left = request.deadline_ns;
    return 0;
}

uint64_t pager_on_space_set_share(struct server_call *call, const struct pager_space_set_share_args *args,
                                  struct pager_space_set_share_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    (void)reply;
    if (error) {
        return error;
    }
    return space_set_share(s, args->min_pages, (uint32_t)args->weight) ? 0 : PAGODA_ERR_NO_MEMORY;
}
