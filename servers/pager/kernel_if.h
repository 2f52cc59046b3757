/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that the pager asks of the kernel, one function per invocation. kernel_if.c makes the real calls; the host tests
 * bring a model of the kernel instead (tests/host/servers/pager/fake_kernel.c). Nothing else in the pager knows about messages.
 *
 * All functions return 0 or a seL4 error code. None waits.
 */
#ifndef PAGER_KERNEL_IF_H
#define PAGER_KERNEL_IF_H

#include <stdbool.h>
#include <stdint.h>

/* A capability slot of the pager: (leaf << CSPACE_LEAF_BITS) | slot (pagoda/startup.h). 0 is the empty slot. */
typedef uint64_t cptr_t;

/* Object types of Untyped_Retype that the pager makes. */
enum kernel_object {
    KERNEL_UNTYPED = 0,
    KERNEL_CNODE = 4,
    KERNEL_REPLY = 6,
    KERNEL_VSPACE = 8,
    KERNEL_FRAME = 9,
    KERNEL_LARGE_FRAME = 10,
    KERNEL_TABLE = 11,
};

/* Bits of the rights word. */
#define KERNEL_WRITE 1u
#define KERNEL_READ 2u
#define KERNEL_GRANT 4u
#define KERNEL_GRANT_REPLY 8u
#define KERNEL_ALL_RIGHTS 15u

/* The root CNode as the destination of a retype: the slot is then the number of a leaf. */
#define KERNEL_ROOT_LEAF UINT32_MAX

#define KERNEL_ERROR_INVALID_ARGUMENT 1u
#define KERNEL_ERROR_INVALID_CAPABILITY 2u
#define KERNEL_ERROR_FAILED_LOOKUP 6u
#define KERNEL_ERROR_DELETE_FIRST 8u

/* kernel_retype: make count objects (at most 256) from untyped, into the slots of `leaf` from `slot` on. */
/* kernel_made: calls of it so far. */
extern uint64_t kernel_made;
unsigned kernel_retype(cptr_t untyped, enum kernel_object type, unsigned size_bits, uint32_t leaf, uint32_t slot, unsigned count);

/* kernel_copy: put a copy of src with at most these rights into the empty slot dest. */
unsigned kernel_copy(cptr_t dest, cptr_t src, unsigned rights);

/* kernel_mint: the same with a badge. */
unsigned kernel_mint(cptr_t dest, cptr_t src, unsigned rights, uint64_t badge);

/* kernel_install_leaf: put a copy of the CNode src (2^radix slots) into root slot `leaf`, guarded so that it fills a leaf. */
unsigned kernel_install_leaf(uint32_t leaf, cptr_t src, unsigned radix);

/* kernel_copy_to_root: put a copy of src into root slot `leaf` itself. A lookup ends there, half as deep as in a leaf. */
unsigned kernel_copy_to_root(uint32_t leaf, cptr_t src);

unsigned kernel_delete(cptr_t slot);
/* kernel_revoke: delete everything derived from the capability in slot: copies, objects made from it. The slot keeps its own. */
unsigned kernel_revoke(cptr_t slot);

/* kernel_page_map: map a frame, or change the rights of its mapping when it is already mapped there. Replaces another frame. With
 * `executable`, instruction fetch sees what was written to the frame before. */
unsigned kernel_page_map(cptr_t frame, cptr_t vspace, uint64_t va, bool writable, bool executable);
/* kernel_page_unmap: a frame of any size, by its own capability. */
unsigned kernel_page_unmap(cptr_t frame);
/* kernel_clear: zero up to n blocks of 16 KiB (at most 16, at least one) of what the next retype of an untyped would have to zero; *bytes are zero then, from the start of what is
 * free on. 600 instructions a block. */
unsigned kernel_clear(cptr_t untyped, unsigned n_blocks, uint64_t *bytes);
/* kernel_split_frame: the large frame that is all that was made from `untyped` becomes 512 frames below untypeds of 2^size_bits bytes, in the slots from `frames` and
 * from `untypeds` on. Its contents stay. It is not mapped and has no copies; its own slot may be one of those. */
unsigned kernel_split_frame(cptr_t untyped, unsigned size_bits, cptr_t frames, cptr_t untypeds);
/* kernel_table_map: hang a translation table into the first free level of the path to va. */
unsigned kernel_table_map(cptr_t table, cptr_t vspace, uint64_t va);
/* kernel_table_unmap: take it out again; it is empty then. */
unsigned kernel_table_unmap(cptr_t table);

/* kernel_protect_range: all mapped pages of a range (at most 512) get these rights; never more than they were mapped with. */
unsigned kernel_protect_range(cptr_t vspace, uint64_t va, unsigned n_pages, bool writable, bool executable);
/* kernel_unmap_range: unmap all pages of a range. The frames' capabilities do not learn of it; see kernel_map_range. */
unsigned kernel_unmap_range(cptr_t vspace, uint64_t va, unsigned n_pages);
/* kernel_replace_frame: copy the frame `from`, which is mapped at va, to `to`, and map that there with the same rights. An error, with nothing changed, if
 * `from` is not what is mapped there by just this capability. */
unsigned kernel_replace_frame(cptr_t vspace, cptr_t from, cptr_t to, uint64_t va);
/* kernel_harvest: which of n pages (at most 64) were accessed since this was last asked; bit i for page i. Clears what it tells. */
unsigned kernel_harvest(cptr_t vspace, uint64_t va, unsigned n_pages, uint64_t *accessed);
/* kernel_map_range: map the frames of n slots from `first` on (in one leaf) to consecutive pages. Unlike kernel_page_map, also frames whose
 * capabilities still believe in a mapping that exists no longer; so does the reply to a fault that maps a frame (main.c). The error is
 * that of the first page that could not be mapped; those before it are. `hint`, for what is not executable: sixteen pages aligned to 64 KiB, none of which is mapped,
 * with frames that are aligned so, too, become what a TLB may hold as one entry. It changes nothing else: the kernel sees to what the hardware wants when one of
 * them changes. */
unsigned kernel_map_range(cptr_t first, unsigned n, cptr_t vspace, uint64_t va, bool writable, bool executable, bool hint);

/* kernel_map_copies: fill n slots from `first` on with copies of the frame capabilities in the n slots from `source` on, and map them to consecutive pages;
 * slots and sources are each in one leaf. What slots still hold gives way as in a reply that maps a copy. Stops at the first page for which that cannot be; returns how
 * many are mapped. */
unsigned kernel_map_copies(cptr_t first, cptr_t source, unsigned n, cptr_t vspace, uint64_t va, bool writable, bool executable);

/* kernel_receive_into: root slot `leaf`, which is empty, is where a capability goes that comes with a request. kernel_take_received: move it to
 * the empty slot dest. kernel_drop_received: delete it, if it is still there. */
void kernel_receive_into(uint32_t leaf);
unsigned kernel_take_received(cptr_t dest);
void kernel_drop_received(void);

/* kernel_thread_sp: the stack pointer that a thread had when it last ran. */
unsigned kernel_thread_sp(cptr_t tcb, uint64_t *sp);

/* kernel_thread_suspend, kernel_thread_resume: a thread of whose capability the pager is sure. What it did when it was suspended it goes on with. */
unsigned kernel_thread_suspend(cptr_t tcb);
unsigned kernel_thread_resume(cptr_t tcb);

/* kernel_asid_assign: give a VSpace an address-space number from a pool. */
unsigned kernel_asid_assign(cptr_t pool, cptr_t vspace);
/* kernel_asid_pool: make a pool of 512 numbers from a 4 KiB untyped. */
unsigned kernel_asid_pool(cptr_t untyped, cptr_t dest);

/* kernel_reply_fault: resume the thread whose fault waits in a reply object, making the mapping that `mapping` wants. */
struct deferred_mapping;
void kernel_reply_fault(cptr_t reply, const struct deferred_mapping *mapping);

/* kernel_reply_request: answer the request whose caller waits in a reply object, with the words and the capability of `call`. */
struct server_call;
void kernel_reply_request(cptr_t reply, const struct server_call *call);

/* kernel_signal: signal a notification. kernel_signal_any: the same with a capability that a client gave: whatever it is, it does not block. */
void kernel_signal(cptr_t notification);
void kernel_signal_any(cptr_t cap);

/* kernel_ticks: the clock, in ticks of pager_start.timer_frequency. */
uint64_t kernel_ticks(void);

/* kernel_idle_entries: how often the processor had nothing to run, since boot. */
uint64_t kernel_idle_entries(void);

/* pager_panic: the pager's own state is broken. Reports what and value, and stops; never returns. */
_Noreturn void pager_panic(const char *what, uint64_t value);

/* pager_too_small: memory is too small for the pager's own books at boot. Prints nothing: init says it. Never returns. */
_Noreturn void pager_too_small(void);

/* must: an invocation that only a bug of the pager (or of the kernel) can make fail. */
static inline void must(unsigned error, const char *what)
{
    if (error) {
        pager_panic(what, error);
    }
}

#endif
