/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The request ring between the block server and its one client, the pager: one shared page, beside it a pool of shared I/O pages.
 *
 * The client writes requests and the index `request_head`; the server writes completions and `completion_head`. Each side counts what it
 * has taken privately, so every index has one writer. What bounds both rings is the number of requests in flight: the client never has
 * more than BLOCK_RING_ENTRIES of them whose completion it has not taken, so there is always room for a completion. Completions come
 * in any order.
 *
 * Neither side trusts what the other writes: an index is read once and checked, an entry is copied once and the copy is checked. What
 * cannot be right is counted in `damaged`. An index with more entries than can exist changes nothing: requests in flight go on, and when
 * the index is right again, so does the ring. A completion that answers nothing is skipped.
 *
 * Order of memory: an entry is written before the index that publishes it (release), and read after it (acquire). The same pair orders
 * the I/O pages: what the client wrote to them before it submitted, the server and its device see; what the device wrote, the client
 * sees after it took the completion. From submission to completion an I/O page belongs to the server.
 *
 * After new entries a side signals the other's notification (startup.h); a signal may stand for several entries, or for none. So a
 * receiver takes until there is nothing more.
 *
 * Sessions. A server may end and another one take its place; the ring's page, the I/O pages and the client stay. A server that starts opens a
 * session (block_server_open), once its devices touch the I/O pages no more, and signals the client; the client joins it (block_client_join): indices begin
 * at 0, and all that is in flight is submitted again. Before that the server takes nothing. So a request may be done twice, but its I/O pages are
 * the server's until its one completion. The volume that the client keeps something on is named in the ring by its swap header's id, so that
 * a server that finds other volumes than the one before does not answer with another volume's blocks.
 *
 * Everything here is pure; the same code runs in pager, block server and host test. One thread per side.
 */
#ifndef PAGODA_BLOCK_RING_H
#define PAGODA_BLOCK_RING_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCK_RING_MAGIC 0x676e69726b6c6270ull /* "pblkring" */
#define BLOCK_RING_VERSION 2
#define BLOCK_RING_ENTRIES 64    /* power of two */
#define BLOCK_REQUEST_BLOCKS 16  /* most blocks that one read or write moves */
#define BLOCK_BYTES 4096         /* one block, one I/O page */
#define BLOCK_IO_PAGES_MAX 256   /* a page index is a byte */

enum block_request_operation {
    BLOCK_READ = 1,    /* n_blocks from `first` into pages[0 .. n_blocks - 1] */
    BLOCK_WRITE = 2,   /* the other way; needs a volume that carries a swap header (block_swap.h), and never touches that header */
    BLOCK_FLUSH = 3,   /* what was completed before this request was submitted survives a power failure; no blocks */
    BLOCK_DISCARD = 4, /* the contents of n_blocks from `first` are no longer wanted; what a later read gives is undefined; no pages */
};

enum block_status {
    BLOCK_OK = 0,            /* n_done = n_blocks */
    BLOCK_IO_ERROR = 1,      /* the device reported an error; nothing is known about the blocks */
    BLOCK_TIMEOUT = 2,       /* no answer in time; the device was reset, it touches the pages no more */
    BLOCK_SHORT = 3,         /* the device moved only the first n_done blocks */
    BLOCK_OUT_OF_RANGE = 4,  /* not inside the volume; nothing was done (and so for all below) */
    BLOCK_NO_DEVICE = 5,     /* no such volume, another one than the client means, or its device has failed for good */
    BLOCK_BAD_REQUEST = 6,   /* unknown operation, n_blocks 0 or too many, no such I/O page, a field that must be 0 is not */
    BLOCK_READ_ONLY = 7,     /* write or discard on a device, or of a swap header, that may only be read */
    BLOCK_NOT_FORMATTED = 8, /* write or discard on a volume without a sound swap header */
    BLOCK_NOT_SUPPORTED = 9, /* discard on a device without it */
    BLOCK_NO_SERVER = 10,    /* the block server is gone for good (made by the client's side; never in the ring) */
    BLOCK_STATUSES = 11,
};

struct block_request {
    uint64_t id;                         /* comes back in the completion. Callers of block_client_submit: a cookie of their own */
    uint64_t first;                      /* first block, from the start of the volume */
    uint32_t n_blocks;                   /* 1..BLOCK_REQUEST_BLOCKS; discard: 1..2^32 - 1; flush: 0 */
    uint8_t operation;                   /* enum block_request_operation */
    uint8_t volume;                      /* index in block.volume_list */
    uint16_t zero;                       /* must be 0 */
    uint8_t pages[BLOCK_REQUEST_BLOCKS]; /* I/O page of each block; unused ones are ignored */
};

struct block_completion {
    uint64_t id;
    uint32_t n_done; /* blocks; less than asked for only with a status other than BLOCK_OK */
    uint32_t status; /* enum block_status */
};

struct block_ring {
    /* Written by init before either side runs. */
    uint64_t magic;      /* BLOCK_RING_MAGIC */
    uint32_t version;    /* BLOCK_RING_VERSION */
    uint32_t n_io_pages; /* 1..BLOCK_IO_PAGES_MAX */

    /* Written by the client. */
    _Alignas(64) uint32_t request_head; /* requests submitted so far in this session, modulo 2^32 */
    uint32_t client_session;            /* the session that it has joined; 0: none yet */
    uint32_t in_use;                    /* 1 + number of the volume that it keeps something on; 0: none */
    uint64_t in_use_id[2];              /* of its swap header */

    /* Written by the server. */
    _Alignas(64) uint32_t completion_head; /* completions so far in this session, modulo 2^32 */
    uint32_t server_session;               /* counts the servers that have opened the ring; 0: none yet */

    _Alignas(64) struct block_request requests[BLOCK_RING_ENTRIES];
    struct block_completion completions[BLOCK_RING_ENTRIES];
};

_Static_assert(sizeof(struct block_request) == 40 && sizeof(struct block_completion) == 16, "both sides agree on the entries");
_Static_assert(sizeof(struct block_ring) <= 4096, "the ring is one page");
_Static_assert(BLOCK_RING_ENTRIES == 64, "one bit per request in flight");

/* block_ring_init: what init does before either side runs. */
static inline void block_ring_init(struct block_ring *ring, uint32_t n_io_pages)
{
    *ring = (struct block_ring){.magic = BLOCK_RING_MAGIC, .version = BLOCK_RING_VERSION, .n_io_pages = n_io_pages};
}

/* block_ring_io_pages: the number of I/O pages; 0 when this is no ring of this version. */
static inline uint32_t block_ring_io_pages(const struct block_ring *ring)
{
    bool sound = ring->magic == BLOCK_RING_MAGIC && ring->version == BLOCK_RING_VERSION && ring->n_io_pages <= BLOCK_IO_PAGES_MAX;
    return sound ? ring->n_io_pages : 0;
}

/* ---- the server's side ---- */

struct block_server_end {
    struct block_ring *ring;
    uint32_t session;
    uint32_t taken;     /* requests taken so far */
    uint32_t completed; /* completions written so far */
    uint64_t damaged;   /* times that request_head was impossible */
};

/* block_server_open: open a new session. No device touches the I/O pages any more. The caller then signals the client. */
static inline void block_server_open(struct block_server_end *end, struct block_ring *ring)
{
    *end = (struct block_server_end){.ring = ring, .session = ring->server_session + 1};
    end->session += end->session == 0; /* that means none */
    ring->completion_head = 0;
    __atomic_store_n(&ring->server_session, end->session, __ATOMIC_RELEASE);
}

/* block_server_take: the oldest request that was not taken yet, copied; false when there is none. What is in it is not checked. */
static inline bool block_server_take(struct block_server_end *end, struct block_request *out)
{
    if (__atomic_load_n(&end->ring->client_session, __ATOMIC_ACQUIRE) != end->session) {
        return false;
    }
    uint32_t waiting = __atomic_load_n(&end->ring->request_head, __ATOMIC_ACQUIRE) - end->taken;
    if (waiting == 0 || waiting > BLOCK_RING_ENTRIES) {
        end->damaged += waiting != 0;
        return false;
    }
    *out = *(const volatile struct block_request *)&end->ring->requests[end->taken++ % BLOCK_RING_ENTRIES];
    return true;
}

/* block_server_complete: publish one completion. The caller then signals the client. */
static inline void block_server_complete(struct block_server_end *end, const struct block_completion *completion)
{
    end->ring->completions[end->completed++ % BLOCK_RING_ENTRIES] = *completion;
    __atomic_store_n(&end->ring->completion_head, end->completed, __ATOMIC_RELEASE);
}

/* ---- the client's side ---- */

/* One place per request in flight. In the ring, a request's id is its place and, above 32 bits, how often the place was used. */
struct block_client_end {
    struct block_ring *ring;
    uint32_t session;                              /* joined; 0: none yet */
    uint32_t submitted;
    uint32_t taken;                                /* completions */
    uint64_t busy;                                 /* bit i: place i is in flight */
    bool gone;                                     /* block_client_abandon was called */
    uint64_t damaged;                              /* times that completion_head or a completion was impossible */
    uint64_t repeated;                             /* requests that a later session got again */
    uint32_t uses[BLOCK_RING_ENTRIES];
    struct block_request sent[BLOCK_RING_ENTRIES]; /* what is in flight, with the caller's ids */
};

static inline void block_client_init(struct block_client_end *end, struct block_ring *ring)
{
    *end = (struct block_client_end){.ring = ring};
}

/* block_client_in_flight: requests whose completion was not taken yet. */
static inline unsigned block_client_in_flight(const struct block_client_end *end)
{
    return (unsigned)__builtin_popcountll(end->busy);
}

/* block_client_publish: internal; the request of a place goes into the ring. */
static inline void block_client_publish(struct block_client_end *end, unsigned place)
{
    struct block_request *entry = &end->ring->requests[end->submitted++ % BLOCK_RING_ENTRIES];
    *entry = end->sent[place];
    entry->id = (uint64_t)++end->uses[place] << 32 | place;
    __atomic_store_n(&end->ring->request_head, end->submitted, __ATOMIC_RELEASE);
}

/* block_client_session_is_old: internal; a server has opened the ring since the client joined: what is in the ring is of no session now. */
static inline bool block_client_session_is_old(const struct block_client_end *end)
{
    return __atomic_load_n(&end->ring->server_session, __ATOMIC_ACQUIRE) != end->session;
}

/*
 * block_client_join: after a signal of the server, before anything is taken. If the server has opened a new session: submit again all that is in
 * flight. True: the caller then signals the server.
 */
static inline bool block_client_join(struct block_client_end *end)
{
    if (end->gone || !block_client_session_is_old(end)) {
        return false;
    }
    end->repeated += end->session != 0 ? block_client_in_flight(end) : 0;
    end->session = end->ring->server_session;
    end->submitted = end->taken = 0;
    end->ring->request_head = 0;
    for (uint64_t left = end->busy; left; left &= left - 1) {
        block_client_publish(end, (unsigned)__builtin_ctzll(left));
    }
    __atomic_store_n(&end->ring->client_session, end->session, __ATOMIC_RELEASE);
    return true;
}

/* block_client_use: the client keeps something on this volume, whose header has this id. block_client_use_none: on none. */
static inline void block_client_use(struct block_client_end *end, uint8_t volume, const uint64_t id[2])
{
    end->ring->in_use_id[0] = id[0];
    end->ring->in_use_id[1] = id[1];
    __atomic_store_n(&end->ring->in_use, volume + 1u, __ATOMIC_RELEASE);
}

static inline void block_client_use_none(struct block_client_end *end)
{
    __atomic_store_n(&end->ring->in_use, 0, __ATOMIC_RELEASE);
}

/*
 * block_client_submit: publish one request; request->id is the cookie that its completion will carry. The caller then signals the server.
 * Before a server has opened the ring the request waits for it. False, and nothing happened: BLOCK_RING_ENTRIES requests are in flight, or the server is gone.
 */
static inline bool block_client_submit(struct block_client_end *end, const struct block_request *request)
{
    if (end->gone || end->busy == ~0ull) {
        return false;
    }
    unsigned place = (unsigned)__builtin_ctzll(~end->busy);
    end->busy |= 1ull << place;
    end->sent[place] = *request;
    block_client_publish(end, place);
    return true;
}

/* block_client_finish: internal; place is in flight. */
static inline void block_client_finish(struct block_client_end *end, unsigned place, uint32_t status, uint32_t n_done, struct block_completion *out)
{
    *out = (struct block_completion){.id = end->sent[place].id, .n_done = n_done, .status = status};
    end->busy &= ~(1ull << place);
}

/* block_client_is_sound: internal; a completion that answers a request in flight in a possible way. */
static inline bool block_client_is_sound(const struct block_client_end *end, const struct block_completion *c)
{
    uint32_t place = (uint32_t)c->id;
    return place < BLOCK_RING_ENTRIES && (end->busy >> place & 1) && c->id >> 32 == end->uses[place] && c->status < BLOCK_NO_SERVER &&
        c->n_done <= end->sent[place].n_blocks && (c->status != BLOCK_OK || c->n_done == end->sent[place].n_blocks);
}

/* block_client_take_abandoned: internal; the server is gone. */
static inline bool block_client_take_abandoned(struct block_client_end *end, struct block_completion *out)
{
    if (end->busy == 0) {
        return false;
    }
    block_client_finish(end, (unsigned)__builtin_ctzll(end->busy), BLOCK_NO_SERVER, 0, out);
    return true;
}

/*
 * block_client_take: the oldest completion that was not taken yet, with the caller's cookie as its id; false when there is none. Each
 * request gets exactly one. After block_client_abandon: what is in flight, one by one, with BLOCK_NO_SERVER.
 */
static inline bool block_client_take(struct block_client_end *end, struct block_completion *out)
{
    if (end->gone) {
        return block_client_take_abandoned(end, out);
    }
    if (block_client_session_is_old(end)) {
        return false;
    }
    uint32_t waiting = __atomic_load_n(&end->ring->completion_head, __ATOMIC_ACQUIRE) - end->taken;
    if (waiting > BLOCK_RING_ENTRIES) {
        end->damaged++;
        return false;
    }
    for (; waiting > 0; waiting--) {
        struct block_completion c = *(const volatile struct block_completion *)&end->ring->completions[end->taken++ % BLOCK_RING_ENTRIES];
        if (block_client_is_sound(end, &c)) {
            block_client_finish(end, (unsigned)(uint32_t)c.id, c.status, c.n_done, out);
            return true;
        }
        end->damaged++;
    }
    return false;
}

/*
 * block_client_abandon: the server has ended for good or is not to be trusted any more. Nothing can be submitted from here on. The device may still
 * write to the I/O pages of what was in flight: they are not to be used again.
 */
static inline void block_client_abandon(struct block_client_end *end)
{
    end->gone = true;
}

#endif
