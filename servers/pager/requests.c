/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers of the pager's protocol (libs/abi/protocols/pager.toml). Arguments come checked for their own bounds; here they are checked
 * against the caller's rights and against each other, then the work is done elsewhere.
 */
#include "ahead.h"
#include "audit.h"
#include "balance.h"
#include "compact.h"
#include "ending.h"
#include "event.h"
#include "fault.h"
#include "file.h"
#include "fork.h"
#include "frame.h"
#include "inject.h"
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
#include "range.h"
#include "reclaim.h"
#include "recolour.h"
#include "record.h"
#include "retire.h"
#include "shared.h"
#include "space.h"
#include "stack.h"
#include "stalls.h"
#include "state.h"
#include "store.h"
#include "subscribe.h"
#include "swap.h"
#include "trace.h"
#include "trail.h"
#include "waiting.h"

#include <generated/pager_server.h>
#include <pagoda/layout.h>
#include <string.h>

#define STACK_LIMIT_MAX (1ull << 40)
#ifdef PAGODA_DEBUG
#define EVICT_MOST EVICT_ALWAYS_WRITEBACK
#else
#define EVICT_MOST EVICT_ALWAYS_TO_DISK
#endif

/* ---- who asks for whom ---- */

/* target: the space that a request is about. `reads`: observers may name any space for it. */
static uint64_t target(const struct server_call *call, uint64_t number, bool reads, struct space **out)
{
    unsigned kind = BADGE_KIND(call->badge);
    uint64_t own = kind == BADGE_MANAGER ? 0 : BADGE_ID(call->badge);

    if (number == 0) {
        number = own;
    } else if (number != own && kind != BADGE_MANAGER && !(kind == BADGE_OBSERVER && reads)) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    waiting_for = (uint32_t)number;
    *out = space_at(number);
    return *out ? 0 : PAGODA_ERR_NO_SUCH_SPACE;
}

/* ---- spaces ---- */

uint64_t pager_on_space_create(struct server_call *call, const struct pager_space_create_args *args, struct pager_space_create_reply *reply)
{
    struct space *s;
    uint64_t manager = BADGE_ID(call->badge);

    if (manager == 0 || manager > MANAGERS) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    const struct space *parent = args->parent ? space_at(args->parent) : NULL;
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
    reply->space = s->id;
    reply->kept = s->objects_given;
    return 0;
}

uint64_t pager_on_space_destroy(struct server_call *call, const struct pager_space_destroy_args *args, struct pager_space_destroy_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, false, &s);

    (void)reply;
    if (error) {
        return error;
    }
    space_destroy(s);
    return 0;
}

uint64_t pager_on_space_retire(struct server_call *call, const struct pager_space_retire_args *args, struct pager_space_retire_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, false, &s);

    if (error) {
        return error;
    }
    reply->kept = space_retire(s);
    return 0;
}

uint64_t pager_on_space_fork(struct server_call *call, const struct pager_space_fork_args *args, struct pager_space_fork_reply *reply)
{
    struct space *s, *child;
    uint64_t error = target(call, args->space, false, &s);

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
    uint64_t error = target(call, args->space, false, &s);

    (void)reply;
    if (error) {
        return error;
    }
    space_clear(s);
    space_set_label(s, args->label);
    return 0;
}

uint64_t pager_on_space_cap(struct server_call *call, const struct pager_space_cap_args *args, struct pager_space_cap_reply *reply)
{
    struct space *s;
    cptr_t cap;
    uint64_t error = target(call, args->space, false, &s);

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
    uint64_t error = target(call, args->space, false, &s);

    (void)reply;
    return error ? error : space_write(s, args->va, args->data.data, args->data.len);
}

uint64_t pager_on_space_set_limit(struct server_call *call, const struct pager_space_set_limit_args *args,
                                  struct pager_space_set_limit_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, true, &s);

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

/* ---- regions ---- */

/* round_pages: bytes up to whole pages; false when that is more than any space has. */
static bool round_pages(uint64_t length, uint64_t *out)
{
    if (length > LAYOUT_USER_TOP) {
        return false;
    }
    *out = (length + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    return true;
}

/* page_range: [va, va + length) rounded up to pages, inside the user addresses. */
static uint64_t page_range(uint64_t va, uint64_t length, uint64_t *end)
{
    uint64_t rounded;

    if (va % PAGE_SIZE || !round_pages(length, &rounded) || va > LAYOUT_USER_TOP - rounded) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    *end = va + rounded;
    return 0;
}

/* readable: the hardware cannot write or execute what it may not read. */
static uint32_t readable(uint64_t prot)
{
    return (uint32_t)prot | (prot ? PAGER_PROT_READ : 0);
}

static uint64_t map(const struct server_call *call, uint64_t space, struct region_plan *plan, uint64_t *va)
{
    struct space *s;
    uint64_t error = target(call, space, false, &s);

    if (error) {
        return error;
    }
    if (s->ended) {
        return PAGODA_ERR_NO_MEMORY;
    }
    if (plan->va % PAGE_SIZE || (plan->flags & PAGER_MAP_REPLACE && !(plan->flags & PAGER_MAP_FIXED))) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    if (!round_pages(plan->length, &plan->length)) {
        return PAGODA_ERR_NO_ADDRESS_RANGE;
    }
    return range_map(s, plan, va);
}

uint64_t pager_on_region_map(struct server_call *call, const struct pager_region_map_args *args, struct pager_region_map_reply *reply)
{
    struct region_plan plan = {
        .va = args->va,
        .length = args->length,
        .prot = readable(args->prot),
        .flags = (uint32_t)args->flags,
        .kind = args->flags & PAGER_MAP_SHARED ? PAGER_REGION_SHARED : PAGER_REGION_ANONYMOUS,
    };
    return map(call, args->space, &plan, &reply->va);
}

uint64_t pager_on_region_map_file(struct server_call *call, const struct pager_region_map_file_args *args,
                                  struct pager_region_map_file_reply *reply)
{
    const struct file *file = file_at(args->file);

    if (!file) {
        return PAGODA_ERR_NO_SUCH_FILE;
    }
    if (args->offset % PAGE_SIZE || args->offset > file->size || args->file_length > file->size - args->offset ||
        (args->flags & PAGER_MAP_SHARED && args->prot & PAGER_PROT_WRITE)) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    struct region_plan plan = {
        .va = args->va,
        .length = args->length,
        .prot = readable(args->prot),
        .flags = (uint32_t)args->flags,
        .kind = PAGER_REGION_FILE,
        .file_number = args->file,
        .file_offset = file->offset + args->offset,
        .file_length = args->file_length,
    };
    return map(call, args->space, &plan, &reply->va);
}

uint64_t pager_on_region_map_stack(struct server_call *call, const struct pager_region_map_stack_args *args,
                                   struct pager_region_map_stack_reply *reply)
{
    uint64_t va;
    uint64_t limit = args->limit ? args->limit : pager.stack_limit;

    if (args->top % PAGE_SIZE || args->reserve % PAGE_SIZE || args->reserve < 2 * PAGE_SIZE || args->reserve >= args->top) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    limit = limit > args->reserve - PAGE_SIZE ? args->reserve - PAGE_SIZE : limit < PAGE_SIZE ? PAGE_SIZE : limit & ~(uint64_t)(PAGE_SIZE - 1);
    struct region_plan plan = {
        .va = args->top - args->reserve,
        .length = args->reserve,
        .prot = PAGER_PROT_READ | PAGER_PROT_WRITE,
        .flags = PAGER_MAP_FIXED,
        .kind = PAGER_REGION_STACK,
        .stack_limit = limit,
    };
    reply->limit = limit;
    return map(call, args->space, &plan, &va);
}

uint64_t pager_on_region_unmap(struct server_call *call, const struct pager_region_unmap_args *args, struct pager_region_unmap_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = target(call, args->space, false, &s);

    (void)reply;
    error = error ? error : page_range(args->va, args->length, &end);
    return error ? error : range_unmap(s, args->va, end);
}

uint64_t pager_on_region_protect(struct server_call *call, const struct pager_region_protect_args *args,
                                 struct pager_region_protect_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = target(call, args->space, false, &s);

    (void)reply;
    error = error ? error : page_range(args->va, args->length, &end);
    return error ? error : range_protect(s, args->va, end, readable(args->prot));
}

uint64_t pager_on_region_advise(struct server_call *call, const struct pager_region_advise_args *args, struct pager_region_advise_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = target(call, args->space, false, &s);

    (void)reply;
    error = error ? error : page_range(args->va, args->length, &end);
    if (error) {
        return error;
    }
    switch (args->advice) {
    case PAGER_ADVICE_DONTNEED:
        return range_forget(s, args->va, end);
    case PAGER_ADVICE_COLD:
        reclaim_pages(s, args->va >> PAGE_BITS, end >> PAGE_BITS);
        return 0;
    case PAGER_ADVICE_WILLNEED:
        return range_bring(s, args->va, end, &end);
    default:
        return range_advise(s, args->va, end, (enum predict_advice)args->advice);
    }
}

uint64_t pager_on_region_willneed(struct server_call *call, const struct pager_region_willneed_args *args, struct pager_region_willneed_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = target(call, args->space, false, &s);

    error = error ? error : page_range(args->va, args->length, &end);
    return error ? error : range_bring(s, args->va, end, &reply->next);
}

/* ---- files ---- */

uint64_t pager_on_file_open(struct server_call *call, const struct pager_file_open_args *args, struct pager_file_open_reply *reply)
{
    const struct file *file = file_at(reply->file = file_find(args->path));

    (void)call;
    if (!file) {
        return PAGODA_ERR_NO_SUCH_FILE;
    }
    reply->size = file->size;
    reply->mode = file->mode;
    return 0;
}

uint64_t pager_on_file_list(struct server_call *call, const struct pager_file_list_args *args, struct pager_file_list_reply *reply)
{
    const struct file *file = file_at(args->index);

    (void)call;
    if (!file) {
        return PAGODA_ERR_END;
    }
    reply->file = args->index;
    reply->size = file->size;
    reply->mode = file->mode;
    memcpy(reply->path, file->path, strnlen(file->path, sizeof reply->path - 1));
    return 0;
}

/* ---- what is known ---- */

static struct space *nth_space(uint64_t index)
{
    struct space *s = space_first_from(1);

    while (s && index-- > 0) {
        s = space_first_from((uint64_t)s->id + 1);
    }
    return s;
}

uint64_t pager_on_space_list(struct server_call *call, const struct pager_space_list_args *args, struct pager_space_list_reply *reply)
{
    const struct space *s = nth_space(args->index);

    (void)call;
    if (!s) {
        return PAGODA_ERR_END;
    }
    reply->space = s->id;
    memcpy(reply->label, s->label, sizeof s->label);
    reply->regions = s->regions.count > 0 ? s->regions.count - 1 : 0; /* less the one round the IPC buffer */
    reply->reserved = s->reserved;
    reply->zero = s->states[PAGE_ZERO];
    reply->private_pages = s->states[PAGE_PRIVATE];
    reply->shared = s->states[PAGE_COW] + s->states[PAGE_SHARED];
    reply->file = s->states[PAGE_FILE];
    reply->tables = space_table_pages(s);
    reply->max_pages = s->max_pages;
    memcpy(reply->faults, s->faults, sizeof s->faults);
    return 0;
}

/* nth_region: the index-th region of one kind (0: of any kind that clients know). */
static struct region *nth_region(struct space *s, unsigned kind, uint64_t index)
{
    struct region *r = region_from(&s->regions, 0);

    for (; r; r = region_next(&s->regions, r)) {
        bool wanted = kind ? r->kind == kind : r->kind != REGION_IPC_BUFFER;
        if (wanted && index-- == 0) {
            return r;
        }
    }
    return NULL;
}

/* counted_region: the index-th region of a kind (0: of any) of the space that the caller names, and its pages by state. 0, what target says, or END. */
static uint64_t counted_region(struct server_call *call, uint64_t space, uint32_t kind, uint64_t index, struct space **s, const struct region **r,
                               uint32_t counts[PAGE_STATES])
{
    uint64_t error = target(call, space, true, s);

    *r = error ? NULL : nth_region(*s, kind, index);
    if (*r) {
        memset(counts, 0, PAGE_STATES * sizeof *counts);
        range_count(*s, (*r)->start, (*r)->end, counts);
        return 0;
    }
    return error ? error : PAGODA_ERR_END;
}

uint64_t pager_on_region_list(struct server_call *call, const struct pager_region_list_args *args, struct pager_region_list_reply *reply)
{
    struct space *s;
    const struct region *r;
    uint32_t counts[PAGE_STATES];
    uint64_t error = counted_region(call, args->space, 0, args->index, &s, &r, counts);

    if (error) {
        return error;
    }
    reply->va = r->start;
    reply->length = r->end - r->start;
    reply->kind = r->kind;
    reply->prot = r->prot;
    reply->zero = counts[PAGE_ZERO];
    reply->private_pages = counts[PAGE_PRIVATE];
    reply->shared = counts[PAGE_COW] + counts[PAGE_SHARED] + counts[PAGE_FILE];
    reply->file = r->kind == PAGER_REGION_FILE ? r->file.number : 0;
    return 0;
}

_Static_assert(PAGER_PATTERN_SEQUENTIAL == PREDICT_IS_SEQUENTIAL && PAGER_PATTERN_REVERSE == PREDICT_IS_REVERSE && PAGER_PATTERN_STRIDE == PREDICT_IS_STRIDE &&
                   PAGER_ADVICE_RANDOM == PREDICT_RANDOM && PAGER_ADVICE_SEQUENTIAL == PREDICT_SEQUENTIAL, "told as they are");

uint64_t pager_on_predict_list(struct server_call *call, const struct pager_predict_list_args *args, struct pager_predict_list_reply *reply)
{
    struct space *s;
    const struct region *r;
    uint32_t counts[PAGE_STATES];
    uint64_t error = counted_region(call, args->space, 0, args->index, &s, &r, counts);

    if (error) {
        return error;
    }
    for (unsigned state = PAGE_NONE + 1; state < PAGE_STATES; state++) {
        reply->touched += counts[state];
    }
    reply->va = r->start;
    reply->length = r->end - r->start;
    reply->kind = r->kind;
    reply->advice = r->advice;
    reply->pattern = predict_pattern(&r->predict);
    reply->stride = (uint64_t)(int64_t)r->predict.stride;
    reply->confidence = r->predict.credit * 1000ull / PREDICT_CREDIT_MAX;
    reply->window = r->predict.window;
    reply->ahead = r->predict.ahead;
    reply->used = r->predict.used;
    reply->wasted = r->predict.wasted;
    reply->brought = ahead_counters.brought;
    reply->proved = ahead_counters.used;
    return 0;
}

uint64_t pager_on_stack_list(struct server_call *call, const struct pager_stack_list_args *args, struct pager_stack_list_reply *reply)
{
    struct space *s;
    const struct region *r;
    uint32_t counts[PAGE_STATES];
    uint64_t error = counted_region(call, args->space, PAGER_REGION_STACK, args->index, &s, &r, counts);

    if (error) {
        return error;
    }
    reply->top = r->end;
    reply->size = (uint64_t)r->stack.grown << PAGE_BITS;
    reply->resident = counts[PAGE_PRIVATE] + counts[PAGE_COW];
    reply->limit = (uint64_t)r->stack.limit << PAGE_BITS;
    reply->reserve = r->end - r->start;
    reply->growths = r->stack.step.growths;
    reply->step = r->stack.step.step;
    if (s->stack_top == r->end) {
        reply->used = r->end - (s->stack_used << PAGE_BITS);
        reply->given = s->stack_given;
        reply->trims = s->stack_trims;
    }
    return 0;
}

uint64_t pager_on_space_thread(struct server_call *call, const struct pager_space_thread_args *args, struct pager_space_thread_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, false, &s);

    (void)reply;
    return error ? error : stack_thread(s);
}

uint64_t pager_on_stack_trim(struct server_call *call, const struct pager_stack_trim_args *args, struct pager_stack_trim_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, true, &s);

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
    uint64_t error = target(call, args->space, true, &s);

    (void)reply;
    if (error) {
        return error;
    }
    struct region *r = nth_region(s, PAGER_REGION_STACK, 0);
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

static void tell_stalls(const struct stall *s, uint64_t some[STALL_SPANS], uint64_t full[STALL_SPANS])
{
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        some[span] = stall_share(&s->some, (enum stall_span)span);
        full[span] = stall_share(&s->full, (enum stall_span)span);
    }
}

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
    tell_stalls(&pager.stall, reply->stall_some, reply->stall_full);
    memcpy(reply->enter, pager.pressure.enter, sizeof reply->enter);
    memcpy(reply->leave, pager.pressure.leave, sizeof reply->leave);
    memcpy(reply->entered, pager.pressure.entered, sizeof reply->entered);
    return 0;
}

uint64_t pager_on_pressure_subscribe(struct server_call *call, const struct pager_pressure_subscribe_args *args,
                                     struct pager_pressure_subscribe_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, 0, false, &s);

    (void)reply;
    return error ? error : s->ended ? PAGODA_ERR_NO_MEMORY : subscribe(s, (uint32_t)args->level);
}

uint64_t pager_on_pressure_unsubscribe(struct server_call *call, const struct pager_pressure_unsubscribe_args *args,
                                       struct pager_pressure_unsubscribe_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, 0, false, &s);

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
    uint64_t error = target(call, 0, false, &s);

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

/* ---- arrangement ---- */

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

uint64_t pager_on_space_promote(struct server_call *call, const struct pager_space_promote_args *args, struct pager_space_promote_reply *reply)
{
    struct space *s;
    bool found;
    uint64_t error = target(call, args->space, true, &s);

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

/* ---- stores ---- */

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

uint64_t pager_on_swap_on(struct server_call *call, const struct pager_swap_on_args *args, struct pager_swap_on_reply *reply)
{
    (void)call;
    (void)reply;
    return swap_on(args->volume, args->blocks);
}

uint64_t pager_on_swap_off(struct server_call *call, const struct pager_swap_off_args *args, struct pager_swap_off_reply *reply)
{
    (void)call;
    (void)args;
    (void)reply;
    return swap_off();
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

uint64_t pager_on_evict_policy(struct server_call *call, const struct pager_evict_policy_args *args, struct pager_evict_policy_reply *reply)
{
    (void)call;
    (void)reply;
    pager.evict_policy = args->policy;
    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        trace_end(s, TRACE_END_POLICY);
        evict_switch(&s->evict, (enum evict_kind)args->policy);
    }
    return 0;
}

uint64_t pager_on_space_set_share(struct server_call *call, const struct pager_space_set_share_args *args,
                                  struct pager_space_set_share_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, true, &s);

    (void)reply;
    if (error) {
        return error;
    }
    return space_set_share(s, args->min_pages, (uint32_t)args->weight) ? 0 : PAGODA_ERR_NO_MEMORY;
}

static uint64_t pages_on_disk(struct space *s)
{
    page_entry *entry;
    uint64_t n = 0;

    for (uint64_t p = 0; (p = pagemap_next(&s->map, p, PAGEMAP_PAGES, &entry)) != UINT64_MAX; p++) {
        n += entry_state(*entry) == PAGE_STORED && record_valid(entry_handle(*entry)) && record_at(entry_handle(*entry))->kind == RECORD_DISK;
    }
    return n;
}

uint64_t pager_on_space_memory(struct server_call *call, const struct pager_space_memory_args *args, struct pager_space_memory_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    stall_update(&s->stall, ticks_to_ns(kernel_ticks()));
    *reply = (struct pager_space_memory_reply){
        .held = space_pages(s), .stored = s->states[PAGE_STORED], .on_disk = pages_on_disk(s), .evictions = s->evictions, .refaults = s->refaults,
        .stall = s->stall.some.total_ns, .waiting = s->stall.waiting, .min_pages = s->min_pages, .weight = s->weight, .max_pages = s->max_pages,
    };
    tell_stalls(&s->stall, reply->stall_some, reply->stall_full);
    bool bound;
    reply->working_set = load_working_set(s, &bound);
    reply->bound = bound;
    reply->thrashes = s->load->client.thrashes;
    reply->slowed = s->load->client.slowed;
    reply->slowed_ns = s->load->client.slowed ? ticks_to_ns(kernel_ticks()) - s->load->client.since_ns : 0;
    reply->work = s->load->client.work;
    return 0;
}

_Static_assert((int)PAGER_PAGE_STATE_ZERO == (int)PAGE_ZERO && (int)PAGER_PAGE_STATE_PRIVATE == (int)PAGE_PRIVATE &&
                   (int)PAGER_PAGE_STATE_COW == (int)PAGE_COW && (int)PAGER_PAGE_STATE_FILE == (int)PAGE_FILE &&
                   (int)PAGER_PAGE_STATE_SHARED == (int)PAGE_SHARED && (int)PAGER_PAGE_STATE_STORED == (int)PAGE_STORED &&
                   (int)PAGE_STATES == (int)PAGER_PAGE_STATE_STORED + 1, "states are the protocol's");

static bool has_frame(enum page_state state)
{
    return state == PAGE_PRIVATE || state == PAGE_COW || state == PAGE_SHARED;
}

static void tell_page(page_entry e, struct pager_page_explain_reply *reply)
{
    enum page_state state = entry_state(e);
    uint32_t handle = state == PAGE_STORED ? entry_handle(e) : has_frame(state) ? frame_stored(entry_frame(e)) : 0;

    reply->state = state;
    if (state != PAGE_STORED && e & ENTRY_MAPPED) {
        reply->mapped = (uint64_t)PAGER_PROT_READ | (e & ENTRY_WRITABLE ? PAGER_PROT_WRITE : 0) | (e & ENTRY_EXECUTABLE ? PAGER_PROT_EXEC : 0);
    }
    reply->holders = has_frame(state) ? frame_at(entry_frame(e))->refs : 0;
    if (handle && record_valid(handle)) {
        reply->stored_kind = record_at(handle)->kind;
        reply->stored_bytes = record_at(handle)->length;
        reply->slot = record_at(handle)->kind == RECORD_DISK ? swap_slot(record_at(handle)) : 0;
    }
}

/* object_entry: of a page of shared memory that this space has not touched, or has let go of. */
static page_entry object_entry(const struct region *r, uint64_t page)
{
    const page_entry *entry = shared_find(r->object.object, shared_index(r, page));
    return entry ? *entry : 0;
}

uint64_t pager_on_page_explain(struct server_call *call, const struct pager_page_explain_args *args, struct pager_page_explain_reply *reply)
{
    struct space *s;
    struct page_event events[PAGE_EVENTS_MAX];
    uint64_t page = args->va >> PAGE_BITS;
    bool shared;
    uint64_t error = target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    const struct region *r = args->va < LAYOUT_USER_TOP ? region_find(&s->regions, args->va) : NULL;
    if (!r) {
        return PAGODA_ERR_NOT_MAPPED;
    }
    const page_entry *entry = pagemap_find(&s->map, page, &shared);
    page_entry e = entry ? *entry : 0;
    tell_page(e == 0 && r->kind == PAGER_REGION_SHARED ? object_entry(r, page) : e, reply);
    reply->region_kind = r->kind;
    reply->prot = r->prot;
    reply->now_us = ticks_to_ns(kernel_ticks()) / 1000;
    reply->since_us = trail_since_us();
    reply->events.len = trail_read(s->id, page, s->trail_start, events, PAGE_EVENTS_MAX) * sizeof events[0];
    memcpy(reply->events.data, events, reply->events.len);
    space_follow(s, page);
    return 0;
}

/* ---- colours ---- */

_Static_assert(PAGER_COLOURS_MAX == COLOURS_MAX, "the histogram has a place for each");

uint64_t pager_on_space_set_colours(struct server_call *call, const struct pager_space_set_colours_args *args,
                                    struct pager_space_set_colours_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, true, &s);

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

uint64_t pager_on_colour_info(struct server_call *call, const struct pager_colour_info_args *args, struct pager_colour_info_reply *reply)
{
    struct space *s;
    page_entry *entry;
    uint64_t error = target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    reply->colours = pager.colours;
    reply->set = s->colour_set;
    for (uint64_t p = 0; (p = pagemap_next(&s->map, p, PAGEMAP_PAGES, &entry)) != UINT64_MAX; p++) {
        if (has_frame(entry_state(*entry))) {
            uint32_t colour = frame_colour(entry_frame(*entry), pager.colours);
            reply->pages[colour]++;
            reply->right += colour == colour_of_page(&s->colours, p);
        }
    }
    return 0;
}

uint64_t pager_on_space_recolour(struct server_call *call, const struct pager_space_recolour_args *args, struct pager_space_recolour_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, true, &s);

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

/* ---- settings ---- */

uint64_t pager_on_setting_get(struct server_call *call, const struct pager_setting_get_args *args, struct pager_setting_get_reply *reply)
{
    const uint64_t values[] = {
        [PAGER_SETTING_ZERO_SHARING] = pager.zero_sharing,
        [PAGER_SETTING_STACK_STEP_MAX] = pager.stack_step_max,
        [PAGER_SETTING_STACK_LIMIT] = pager.stack_limit,
        [PAGER_SETTING_CHECK] = pager.check,
        [PAGER_SETTING_EVICT] = pager.evict,
        [PAGER_SETTING_STACK_TRIM] = pager.stack_trim,
        [PAGER_SETTING_COMPACT] = pager.compact,
#ifdef PAGODA_DEBUG
        [PAGER_SETTING_FAIL_ALLOC] = inject_left(),
#else
        [PAGER_SETTING_FAIL_ALLOC] = 0,
#endif
        [PAGER_SETTING_COLOURING] = pager.colouring,
        [PAGER_SETTING_LOAD_CONTROL] = pager.load_control,
        [PAGER_SETTING_PREDICT] = pager.predict,
        [PAGER_SETTING_BALANCE] = pager.balance,
        [PAGER_SETTING_LARGE] = pager.large,
        [PAGER_SETTING_HINT] = pager.hint,
        [PAGER_SETTING_PREZERO] = pager.prezero,
        [PAGER_SETTING_PREZERO_LIMIT] = pager.prezero_limit,
    };

    (void)call;
    reply->value = values[args->setting];
    return 0;
}

static uint64_t set(uint64_t *setting, uint64_t value, uint64_t min, uint64_t max)
{
    if (value < min || value > max) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    *setting = value;
    return 0;
}

static uint64_t set_colouring(uint64_t value)
{
    uint64_t error = set(&pager.colouring, value, 0, pager.colours > 1);

    frames_colours(pager.colouring ? pager.colours : 1);
    return error;
}

static uint64_t set_prezero_limit(uint64_t percent)
{
    uint64_t error = set(&pager.prezero_limit, percent, 1, PAGER_PREZERO_LIMIT_MAX);

    if (!error) {
        prezero_limit_now();
    }
    return error;
}

uint64_t pager_on_setting_set(struct server_call *call, const struct pager_setting_set_args *args, struct pager_setting_set_reply *reply)
{
    (void)call;
    (void)reply;
    switch (args->setting) {
    case PAGER_SETTING_ZERO_SHARING:
        return set(&pager.zero_sharing, args->value, 0, 1);
    case PAGER_SETTING_STACK_STEP_MAX:
        return set(&pager.stack_step_max, args->value, 1, PAGER_STACK_STEP_LIMIT);
    case PAGER_SETTING_STACK_LIMIT:
        return set(&pager.stack_limit, args->value, PAGE_SIZE, STACK_LIMIT_MAX);
    case PAGER_SETTING_COLOURING:
        return set_colouring(args->value);
    case PAGER_SETTING_COMPACT:
        return set(&pager.compact, args->value, 0, 1);
    case PAGER_SETTING_LOAD_CONTROL:
        if (args->value > 1) {
            return PAGODA_ERR_INVALID_ARGUMENT;
        }
        load_set(args->value);
        return 0;
    case PAGER_SETTING_LARGE:
        return set(&pager.large, args->value, LARGE_NEVER, LARGE_POPULATED);
    case PAGER_SETTING_HINT:
        return set(&pager.hint, args->value, 0, 1);
    case PAGER_SETTING_PREDICT:
        return set(&pager.predict, args->value, 0, 1);
    case PAGER_SETTING_PREZERO:
        return set(&pager.prezero, args->value, 0, 1);
    case PAGER_SETTING_PREZERO_LIMIT:
        return set_prezero_limit(args->value);
    case PAGER_SETTING_BALANCE:
        return set(&pager.balance, args->value, 0, 1);
    case PAGER_SETTING_STACK_TRIM:
        return set(&pager.stack_trim, args->value, 0, 1);
    case PAGER_SETTING_EVICT:
        if (args->value > EVICT_MOST) {
            return PAGODA_ERR_INVALID_ARGUMENT;
        }
        reclaim_when(args->value);
        return 0;
#ifdef PAGODA_DEBUG
    case PAGER_SETTING_FAIL_ALLOC:
        inject_nth(args->value);
        return 0;
    case PAGER_SETTING_CHECK:
        return set(&pager.check, args->value, 0, 2);
#endif
    default:
        return PAGODA_ERR_NOT_SUPPORTED;
    }
}

_Static_assert((int)PAGER_BALANCE_STAY == (int)BALANCE_STAY && (int)PAGER_BALANCE_MORE == (int)BALANCE_MORE && (int)PAGER_BALANCE_LESS == (int)BALANCE_LESS,
               "advice is the protocol's");

uint64_t pager_on_balance(struct server_call *call, const struct pager_balance_args *args, struct pager_balance_reply *reply)
{
    (void)call;
    if (args->decide && !balance_useful()) {
        return PAGODA_ERR_NOT_SUPPORTED;
    }
    reply->useful = balance_useful();
    reply->more_ns = balance.more_ns;
    reply->less_ns = balance.less_ns;
    reply->evidence = balance.evidence;
    reply->advice = args->decide ? balance_step(&balance) : balance_advice(&balance);
    reply->limit = balance_limit();
    reply->low = balance.low;
    reply->high = balance.high;
    reply->used = pool_frames();
    reply->memory = pager.general_pages;
    reply->read_ns = balance.read_ns;
    reply->expand_ns = balance.expand_ns;
    reply->compress_ns = balance.compress_ns;
    reply->grown = balance.grown;
    reply->shrunk = balance.shrunk;
    return 0;
}

uint64_t pager_on_balance_bounds(struct server_call *call, const struct pager_balance_bounds_args *args, struct pager_balance_bounds_reply *reply)
{
    (void)call;
    (void)reply;
    if (args->low > args->high) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    balance_bounds(&balance, pager.general_pages * args->low / 100, pager.general_pages * args->high / 100);
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

/* ---- promises ---- */

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

uint64_t pager_on_commit_set(struct server_call *call, const struct pager_commit_set_args *args, struct pager_commit_set_reply *reply)
{
    (void)call;
    (void)reply;
    return promises_set(args->strict) ? 0 : PAGODA_ERR_NO_MEMORY;
}

/* ---- load ---- */

uint64_t pager_on_load_plan(struct server_call *call, const struct pager_load_plan_args *args, struct pager_load_plan_reply *reply)
{
    uint32_t rows[LOAD_CLIENTS];
    uint32_t n = load_tell(args->computing, rows);

    (void)call;
    _Static_assert(sizeof rows <= sizeof reply->rows.data, "all of them fit");
    reply->rows.len = n * sizeof rows[0];
    memcpy(reply->rows.data, rows, reply->rows.len);
    return 0;
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

/* ---- traces ---- */

uint64_t pager_on_trace_start(struct server_call *call, const struct pager_trace_start_args *args, struct pager_trace_start_reply *reply)
{
    struct space *s;
    uint64_t error = target(call, args->space, true, &s);

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
