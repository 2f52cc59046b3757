/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pager's loop. A message is a fault of a space, a request, or a signal; its badge tells. When work is left for after the answer
 * (filling the reserve, checks), the answer goes out first; otherwise one system call answers and receives.
 *
 * A thread that is to stay stopped gets no answer: receiving the next message with the same reply object makes it inactive.
 */
#include "boot.h"
#include "frame.h"
#include "kernel_if.h"
#include "load.h"
#include "mapping.h"
#include "pressure.h"
#include "serve.h"
#include "state.h"
#include "swap.h"

#include <generated/pager_server.h>
#include <pagoda/kernel_info.h>
#include <pagoda/layout.h>
#include <pagoda/startup.h>
#include <sel4/sel4.h>
#include <string.h>

struct message {
    seL4_MessageInfo_t info;
    seL4_Word badge;
    seL4_Word words[4]; /* the first ones; the others are in the IPC buffer */
};

/* receive: while a fault waits for room or work in the background is due, a step of it is done whenever no message waits. */
static void receive(struct message *m)
{
    for (; serve_background_due(); serve_background()) {
        m->info = seL4_NBRecvWithMRs(pager_endpoint, &m->badge, &m->words[0], &m->words[1], &m->words[2], &m->words[3], pager_reply);
        if (m->badge) {
            return;
        }
    }
    m->info = seL4_RecvWithMRs(pager_endpoint, &m->badge, &m->words[0], &m->words[1], &m->words[2], &m->words[3], pager_reply);
}

/* reply_and_receive: the answer's words are in the IPC buffer; the next message goes to *m. */
static void reply_and_receive(struct message *m, seL4_MessageInfo_t answer, bool fault)
{
    if (serve_pending()) {
        seL4_Send(pager_reply, answer);
        if (fault) {
            serve_after_fault(BADGE_ID(m->badge));
        } else {
            serve_after_request(m->badge);
        }
        receive(m);
        return;
    }
    for (int i = 0; i < 4; i++) {
        m->words[i] = seL4_GetMR(i);
    }
    m->info = seL4_ReplyRecvWithMRs(pager_endpoint, answer, &m->badge, &m->words[0], &m->words[1], &m->words[2], &m->words[3], pager_reply);
}

static seL4_CapRights_t page_rights(const struct deferred_mapping *m)
{
    return m->writable ? seL4_ReadWrite : seL4_CanRead;
}

static seL4_ARM_VMAttributes page_attributes(const struct deferred_mapping *m)
{
    return m->executable ? seL4_ARM_Default_VMAttributes : seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever;
}

void kernel_reply_fault(cptr_t reply, const struct deferred_mapping *d)
{
    if (!d->wanted) {
        seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    } else if (d->copy && d->fill) {
        pagoda_ReplyMapFilled(reply, d->frame, d->vspace, d->copy, d->va, page_rights(d), page_attributes(d));
    } else if (d->copy) {
        pagoda_ReplyMapCopy(reply, d->frame, d->vspace, d->copy, d->va, page_rights(d), page_attributes(d));
    } else {
        pagoda_ReplyMap(reply, d->frame, d->vspace, d->va, page_rights(d), page_attributes(d));
    }
}

/* answer_of: the answer to a request; its words are in the IPC buffer. */
static seL4_MessageInfo_t answer_of(const struct server_call *call)
{
    if (call->reply_cap) {
        seL4_SetCap(0, call->reply_cap);
    }
    return seL4_MessageInfo_new(call->reply_label, 0, call->reply_cap != 0, call->reply_length);
}

void kernel_reply_request(cptr_t reply, const struct server_call *call)
{
    memcpy(seL4_GetIPCBuffer()->msg, call->words, call->reply_length * sizeof call->words[0]);
    seL4_Send(reply, answer_of(call));
}

/* map_and_receive: the reply maps the page on which the thread waits. calm: there is no work after it. */
static inline __attribute__((always_inline)) void map_and_receive(struct message *m, const struct deferred_mapping *d, bool calm)
{
    seL4_Word *w = m->words;

    if (!calm && serve_pending()) {
        struct deferred_mapping mapping = *d; /* the other ways need it in registers */
        kernel_reply_fault(pager_reply, &mapping);
        serve_after_fault(BADGE_ID(m->badge));
        receive(m);
    } else if (d->copy && d->fill) {
        m->info = pagoda_ReplyMapFilledRecv(pager_endpoint, &m->badge, pager_reply, d->frame, d->vspace, d->copy, d->va, page_rights(d),
                                            page_attributes(d), &w[0], &w[1], &w[2], &w[3]);
    } else if (d->copy) {
        m->info = pagoda_ReplyMapCopyRecv(pager_endpoint, &m->badge, pager_reply, d->frame, d->vspace, d->copy, d->va, page_rights(d),
                                          page_attributes(d), &w[0], &w[1], &w[2], &w[3]);
    } else {
        m->info = pagoda_ReplyMapRecv(pager_endpoint, &m->badge, pager_reply, d->frame, d->vspace, d->va, page_rights(d), page_attributes(d),
                                      &w[0], &w[1], &w[2], &w[3]);
    }
}

/* in_buffer: the whole message in one place. */
static seL4_Word *in_buffer(const struct message *m)
{
    for (int i = 0; i < 4; i++) {
        seL4_SetMR(i, m->words[i]);
    }
    return seL4_GetIPCBuffer()->msg;
}

/* on_quick_fault, on_fault, on_request, on_signal: serve *m, answer it and receive the next one into it. */
static inline bool on_quick_fault(struct message *m)
{
    uint64_t start = kernel_ticks();
    uint64_t label = seL4_MessageInfo_get_label(m->info);
    struct deferred_mapping mapping;

    if (label != FAULT_MESSAGE_VM || seL4_MessageInfo_get_length(m->info) < 4 ||
        !serve_quick(BADGE_ID(m->badge), m->words[1], m->words[2], m->words[3], &mapping)) {
        return false;
    }
    map_and_receive(m, &mapping, serve_count(kernel_ticks() - start));
    return true;
}

/* What follows stands apart from the loop, which would lose registers by it. */
static __attribute__((noinline)) void on_careful_fault(struct message *m)
{
    uint64_t start = kernel_ticks();
    load_fault_came(BADGE_ID(m->badge), start);
    bool resume = serve_fault(BADGE_ID(m->badge), seL4_MessageInfo_get_label(m->info), in_buffer(m), (unsigned)seL4_MessageInfo_get_length(m->info));

    bool calm = serve_count(kernel_ticks() - start);
    const struct deferred_mapping *mapping = mapping_deferred();
    if (resume) {
        load_replied(BADGE_ID(m->badge));
    }
    if (resume && mapping->wanted) {
        map_and_receive(m, mapping, calm);
    } else if (resume) {
        reply_and_receive(m, seL4_MessageInfo_new(0, 0, 0, 0), true);
    } else {
        serve_after_fault(BADGE_ID(m->badge));
        receive(m);
    }
}

static void on_fault(struct message *m)
{
    if (!on_quick_fault(m)) {
        on_careful_fault(m);
    }
}

static __attribute__((noinline)) void on_request(struct message *m)
{
    struct server_call call = {
        .badge = m->badge,
        .operation = seL4_MessageInfo_get_label(m->info),
        .length = (unsigned)seL4_MessageInfo_get_length(m->info),
        .n_caps = (unsigned)seL4_MessageInfo_get_extraCaps(m->info),
        .words = in_buffer(m),
    };

    serve_disturb();
    serve_request(&call, pager_dispatch);
    if (call.n_caps) {
        kernel_drop_received(); /* what no handler has taken */
    }
    pressure_moved();
    if (call.deferred) {
        serve_after_request(m->badge);
        receive(m);
    } else {
        reply_and_receive(m, answer_of(&call), false);
    }
}

/* A signal has no sender that waits for an answer. */
static __attribute__((noinline)) void on_signal(struct message *m)
{
    serve_disturb();
    if (BADGE_ID(m->badge) & SIGNAL_TICK) {
        serve_tick();
    }
    if (BADGE_ID(m->badge) & SIGNAL_BLOCK_GONE) {
        swap_gone();
    } else if (BADGE_ID(m->badge) & SIGNAL_BLOCK_COMPLETION) {
        swap_completions();
    }
    if (BADGE_ID(m->badge) & SIGNAL_IDLE) {
        serve_idle();
    }
    if (serve_pending()) {
        serve_after(true);
    }
    receive(m);
}

static void serve(struct message *m)
{
    switch (BADGE_KIND(m->badge)) {
    case BADGE_FAULT:
        on_fault(m);
        break;
    case BADGE_SIGNAL:
        on_signal(m);
        break;
    default:
        on_request(m);
    }
}

int main(void)
{
    struct message m;

    pager_boot((const struct pager_start *)STARTUP_PAGER_BLOCK_VA);
    pager_colours(((const struct kernel_info *)LAYOUT_KINFO_VA)->page_colours);
    swap_init((struct block_ring *)STARTUP_BLOCK_RING_VA, (void *)STARTUP_BLOCK_IO_VA, PAGER_CAP_SIGNAL_BLOCK);
    receive(&m);
    for (;;) {
        serve(&m);
    }
}
