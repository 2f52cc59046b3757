/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that tell what is known of a space: its regions, stacks, pages, their colours and histories. */
#include "ahead.h"
#include "frame.h"
#include "load.h"
#include "range.h"
#include "record.h"
#include "requests.h"
#include "shared.h"
#include "space.h"
#include "state.h"
#include "swap.h"
#include "trail.h"

#include <generated/pager_server.h>
#include <pagoda/layout.h>
#include <string.h>

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

/* nth_region: the index-th region of a kind (0: of any) of the space that the caller names. 0, what target says, or END. */
static uint64_t nth_region(struct server_call *call, uint64_t space, uint32_t kind, uint64_t index, struct space **s, const struct region **r)
{
    uint64_t error = request_target(call, space, true, s);

    *r = error ? NULL : request_nth_region(*s, kind, index);
    return error ? error : *r ? 0 : PAGODA_ERR_END;
}

uint64_t pager_on_region_list(struct server_call *call, const struct pager_region_list_args *args, struct pager_region_list_reply *reply)
{
    struct space *s;
    const struct region *r;
    uint64_t error = nth_region(call, args->space, 0, args->index, &s, &r);

    if (error) {
        return error;
    }
    reply->va = r->start;
    reply->length = r->end - r->start;
    reply->kind = r->kind;
    reply->prot = r->prot;
    reply->file = r->kind == PAGER_REGION_FILE ? r->file.number : 0;
    return 0;
}

_Static_assert(PAGER_PATTERN_SEQUENTIAL == PREDICT_IS_SEQUENTIAL && PAGER_PATTERN_REVERSE == PREDICT_IS_REVERSE && PAGER_PATTERN_STRIDE == PREDICT_IS_STRIDE &&
                   PAGER_ADVICE_RANDOM == PREDICT_RANDOM && PAGER_ADVICE_SEQUENTIAL == PREDICT_SEQUENTIAL, "told as they are");

uint64_t pager_on_predict_list(struct server_call *call, const struct pager_predict_list_args *args, struct pager_predict_list_reply *reply)
{
    struct space *s;
    const struct region *r;
    uint64_t error = nth_region(call, args->space, 0, args->index, &s, &r);

    if (error) {
        return error;
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
    uint64_t error = nth_region(call, args->space, PAGER_REGION_STACK, args->index, &s, &r);

    if (error) {
        return error;
    }
    reply->top = r->end;
    reply->size = (uint64_t)r->stack.grown << PAGE_BITS;
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

uint64_t pager_on_pages_count(struct server_call *call, const struct pager_pages_count_args *args, struct pager_pages_count_reply *reply)
{
    struct space *s;
    struct range_counts counts;
    uint64_t error = request_target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    if (args->va % PAGE_SIZE || args->length % PAGE_SIZE || args->va > LAYOUT_USER_TOP || args->length > LAYOUT_USER_TOP - args->va) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    reply->next = range_count(s, args->va, args->va + args->length, &counts);
    reply->on_disk = counts.on_disk;
    memcpy(reply->states, counts.states, sizeof counts.states);
    return 0;
}

uint64_t pager_on_space_memory(struct server_call *call, const struct pager_space_memory_args *args, struct pager_space_memory_reply *reply)
{
    struct space *s;
    uint64_t error = request_target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    stall_update(&s->stall, ticks_to_ns(kernel_ticks()));
    *reply = (struct pager_space_memory_reply){
        .held = space_pages(s), .stored = s->states[PAGE_STORED], .evictions = s->evictions, .refaults = s->refaults,
        .stall = s->stall.some.total_ns, .waiting = s->stall.waiting, .min_pages = s->min_pages, .weight = s->weight, .max_pages = s->max_pages,
    };
    request_tell_stalls(&s->stall, reply->stall_some, reply->stall_full);
    bool bound;
    reply->working_set = load_working_set(s, &bound);
    reply->bound = bound;
    reply->thrashes = s->load->client.thrashes;
    reply->slowed = s->load->client.little;
    reply->slowed_ns = s->load->client.little ? ticks_to_ns(kernel_ticks() - s->load->little_since) : 0;
    reply->work = s->load->client.work;
    reply->storms = s->load->client.storms;
    reply->worked = s->load->client.worked;
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
    uint64_t error = request_target(call, args->space, true, &s);

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
    reply->since_us = trail_since_us(s->id, page);
    reply->events.len = trail_read(s->id, page, s->trail_start, events, PAGE_EVENTS_MAX) * sizeof events[0];
    memcpy(reply->events.data, events, reply->events.len);
    space_follow(s, page);
    return 0;
}

_Static_assert(PAGER_COLOURS_MAX == COLOURS_MAX, "the histogram has a place for each");

uint64_t pager_on_colour_info(struct server_call *call, const struct pager_colour_info_args *args, struct pager_colour_info_reply *reply)
{
    struct space *s;
    page_entry *entry;
    uint64_t error = request_target(call, args->space, true, &s);

    if (error) {
        return error;
    }
    uint64_t p = args->va >> PAGE_BITS, end = pagemap_piece(&s->map, p, PAGEMAP_PAGES, PAGEMAP_LOOKED);
    reply->next = end < PAGEMAP_PAGES ? end << PAGE_BITS : 0;
    reply->colours = pager.colours;
    reply->set = s->colour_set;
    for (; (p = pagemap_next(&s->map, p, end, &entry)) != UINT64_MAX; p++) {
        if (has_frame(entry_state(*entry))) {
            uint32_t colour = frame_colour(entry_frame(*entry), pager.colours);
            reply->pages[colour]++;
            reply->right += colour == colour_of_page(&s->colours, p);
        }
    }
    return 0;
}
