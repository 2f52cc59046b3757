/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between threads: words, capabilities, IPC buffers; ABI section 3. */
#include "entry/entry.h"
#include "object/cnode.h"
#include "object/endpoint.h"

word_t message_read(const struct thread *thread, const word_t *buffer, unsigned i)
{
    if (i < MESSAGE_REGISTERS)
        return arch_mr(&thread->context, i);
    return buffer ? buffer[BUFFER_MESSAGE + i] : 0;
}

void message_write(struct thread *thread, word_t *buffer, unsigned i, word_t value)
{
    if (i < MESSAGE_REGISTERS)
        arch_set_mr(&thread->context, i, value);
    else if (buffer)
        buffer[BUFFER_MESSAGE + i] = value;
}

void invocation_result(struct invocation *inv, unsigned i, word_t value)
{
    if (!inv->is_call)
        return;
    message_write(inv->caller, message_buffer(inv->caller, true), i, value);
    inv->n_results = i + 1;
}

/* The empty slot in which the receiver wants a capability; NULL if it named none. Its buffer is read once, it may be shared memory. */
static struct slot *receive_slot(struct thread *receiver, const word_t *buffer)
{
    struct lookup_failure failure;
    word_t cnode = buffer[BUFFER_RECEIVE_CNODE], index = buffer[BUFFER_RECEIVE_INDEX], depth = buffer[BUFFER_RECEIVE_DEPTH];
    struct slot *root = lookup_slot(receiver, cnode, &failure), *slot;
    if (!root || lookup_target_slot(root, index, depth, false, &slot).code != ERR_NONE || !slot_is_empty(slot))
        return NULL;
    return slot;
}

static bool place_cap(struct slot *source, struct thread *receiver, const word_t *buffer)
{
    struct cap cap;
    struct slot *slot = receive_slot(receiver, buffer);
    if (!slot || cap_derive(source, &cap).code != ERR_NONE || cap_type(&cap) == CAP_NULL)
        return false;
    slot_insert_copy(source, slot, cap);
    return true;
}

/* Hand over capabilities in order, up to the first that cannot be. Gives the extraCaps and capsUnwrapped bits of the received info. */
static word_t transfer_caps(struct thread *sender, const word_t *from, struct endpoint *endpoint, unsigned n_caps, struct thread *receiver,
                            word_t *to)
{
    struct slot *slots[MESSAGE_MAX_CAPS];
    struct lookup_failure failure;
    for (unsigned i = 0; i < n_caps; i++) {
        slots[i] = lookup_slot(sender, from[BUFFER_CAPS + i], &failure);
        if (!slots[i])
            return 0;
    }

    word_t unwrapped = 0;
    unsigned done = 0;
    for (bool placed = false; done < n_caps; done++) {
        const struct cap *cap = &slots[done]->cap;
        if (endpoint && cap_type(cap) == CAP_ENDPOINT && CAP_OBJECT(cap->endpoint) == (void *)endpoint) {
            to[BUFFER_CAPS + done] = cap->endpoint.badge;
            unwrapped |= BIT(done);
        } else if (!placed && cap_type(cap) != CAP_NULL && place_cap(slots[done], receiver, to)) {
            placed = true;
        } else {
            break;
        }
    }
    return info_make(0, unwrapped, done, 0);
}

/* Words [begin, end), two at a time. */
static inline void copy_words(word_t *to, const word_t *from, word_t begin, word_t end)
{
    for (; begin + 1 < end; begin += 2) {
        word_t a = from[begin], b = from[begin + 1];
        to[begin] = a;
        to[begin + 1] = b;
    }
    if (begin < end)
        to[begin] = from[begin];
}

/* What goes through the buffers; *length becomes what was transferred. Gives the bits of transfer_caps. */
static word_t transfer_buffer(struct thread *sender, struct endpoint *endpoint, unsigned n_caps, struct thread *receiver, word_t *length)
{
    const word_t *from = message_buffer(sender, false);
    word_t *to = message_buffer(receiver, true);
    if (!from || !to) {
        if (*length > MESSAGE_REGISTERS)
            *length = MESSAGE_REGISTERS;
        return 0;
    }
    copy_words(to + BUFFER_MESSAGE, from + BUFFER_MESSAGE, MESSAGE_REGISTERS, *length);
    return n_caps ? transfer_caps(sender, from, endpoint, n_caps, receiver, to) : 0;
}

void message_transfer(struct thread *sender, struct endpoint *endpoint, word_t badge, bool grant, struct thread *receiver)
{
    if (unlikely(sender->fault.label != FAULT_NONE)) {
        arch_set_info(&receiver->context, fault_write_message(sender, receiver));
        arch_set_badge(&receiver->context, badge);
        return;
    }
    word_t info = arch_info(&sender->context), length = info_length(info), caps = 0;
    unsigned n_caps = grant ? info_caps(info) : 0;
    for (unsigned i = 0; i < MESSAGE_REGISTERS && i < length; i++)
        arch_set_mr(&receiver->context, i, arch_mr(&sender->context, i));
    if (length > MESSAGE_REGISTERS || n_caps)
        caps = transfer_buffer(sender, endpoint, n_caps, receiver, &length);
    arch_set_info(&receiver->context, info_make(info_label(info), 0, 0, length) | caps);
    arch_set_badge(&receiver->context, badge);
}
