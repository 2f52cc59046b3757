/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One or two pages in two or three address spaces, as they are touched, written, shared by fork, evicted, stored in memory or on a disk, brought back, moved to
 * another frame, and given up.
 * README.md maps the names to the pager's code. Checked for every order of events:
 *   - who reads sees what was written last (no lost page, no page of another space)
 *   - counts of references are those of the holders; nothing is freed twice or while it is held; in the end everything is free
 *   - nobody waits for ever
 * Each atomic block is what the pager does in one go: it has one thread, and never waits within a request.
 */
#ifndef STEPS
#define STEPS 2     /* accesses or forks of a space before it exits */
#endif
#ifndef CHILD_STEPS
#define CHILD_STEPS STEPS /* the same of those that fork makes */
#endif
#ifndef FAILURES
#define FAILURES 1  /* writes or reads that the device fails */
#endif
#ifndef FORKS
#define FORKS 1     /* 1: a parent and its child; 2: a third space, forked from either */
#endif
#ifndef FRAMES
#define FRAMES 2    /* or 1 */
#endif
#ifndef PAGES
#define PAGES 1     /* of each space; or 2 */
#endif
#ifndef MOVES
#define MOVES 0     /* times that a page moves to another frame */
#endif
#ifndef BUG
#define BUG 0       /* 1 to 8: a mistake that the model must find, to see that it can */
#endif
#define SPACES (FORKS + 1)
#define ENTRIES (SPACES * PAGES)
#define RECORDS 3
#define MEMORY_MAX 1 /* records that the store in memory has room for */
#define NONE 15

mtype = { UNTOUCHED, PRIVATE, COW, STORED };          /* of a page */
mtype = { FREE, MEMORY, WRITING, DISK, READING, RAW } /* of a record: where the contents are */

typedef entry {
    mtype state = UNTOUCHED;
    byte at = NONE;      /* frame, or record when it is STORED */
    bit writable         /* mapped so; a page that is only there is mapped read-only */
}
typedef frame {
    byte refs;
    byte contents;
    byte copy = NONE     /* record that still holds the same */
}
typedef record {
    mtype kind = FREE;
    byte refs;
    byte contents;       /* in memory or on the disk */
    byte at = NONE       /* frame that is written, read into, or kept (RAW); the record has a reference to it */
}

entry entries[ENTRIES];  /* page p of space s: s * PAGES + p */
frame frames[2];
record records[RECORDS];
byte expected[ENTRIES];  /* what has to be read; 0 before the first write */
bit alive[SPACES];
bit ended[SPACES];       /* by the pager: out of memory, or its stored page could not be read */
byte waits[SPACES];      /* its fault on this page, counted from 1, is answered when a read ends */
byte in_memory;          /* records of kind MEMORY */
byte writes, reads;      /* in flight; one write at most */
byte failures;
byte moves;
byte finished;           /* spaces that exited, or never were */

#define any_free_frame (frames[0].refs == 0 || (FRAMES == 2 && frames[1].refs == 0))
#define any_free_record (records[0].kind == FREE || records[1].kind == FREE || records[2].kind == FREE)
#define is_resident(e) (entries[e].state == PRIVATE || entries[e].state == COW)
#define can_leave(e) (is_resident(e) && (frames[entries[e].at].copy != NONE || (any_free_record && (in_memory < MEMORY_MAX || writes == 0))))
#define holds(e, f) (is_resident(e) && entries[e].at == f)

/* ---- references ---- */

inline take_frame(f)
{
    if
    :: frames[0].refs == 0 -> f = 0
    :: else -> assert(frames[1].refs == 0); f = 1
    fi;
    frames[f].refs = 1;
    frames[f].copy = NONE
}

inline take_record(r)
{
    if
    :: records[0].kind == FREE -> r = 0
    :: else ->
        if
        :: records[1].kind == FREE -> r = 1
        :: else -> assert(records[2].kind == FREE); r = 2
        fi
    fi;
    records[r].refs = 1
}

/* put_copy: a reference to a record that keeps no frame. */
inline put_copy(r)
{
    assert(records[r].refs > 0 && records[r].kind != RAW);
    records[r].refs--;
    if
    :: records[r].refs == 0 ->
        assert(records[r].kind == MEMORY || records[r].kind == DISK);
        if
        :: records[r].kind == MEMORY -> in_memory--
        :: else
        fi;
        records[r].kind = FREE;
        records[r].contents = 0
    :: else
    fi
}

inline forget_copy(f)
{
    if
    :: frames[f].copy != NONE ->
        copy_of = frames[f].copy;
        frames[f].copy = NONE;
        put_copy(copy_of);
        copy_of = NONE
    :: else
    fi
}

inline put_frame(f)
{
    assert(frames[f].refs > 0);
    frames[f].refs--;
    if
    :: frames[f].refs == 0 ->
        forget_copy(f);
        frames[f].contents = 0
    :: else
    fi
}

/* put_record: the last holder frees it. One whose write or read is in flight is held by that too, so its frame and its place on the disk stay. */
inline put_record(r)
{
    if
    :: records[r].refs == 1 && records[r].kind == RAW ->
        kept = records[r].at;
        records[r].refs = 0;
        records[r].kind = FREE;
        records[r].at = NONE;
        put_frame(kept);
        kept = NONE
    :: records[r].refs > 1 -> records[r].refs--
    :: else -> put_copy(r)
    fi
}

/* release: a space lets go of a page. */
inline release(e)
{
    if
    :: is_resident(e) -> put_frame(entries[e].at)
    :: entries[e].state == STORED -> put_record(entries[e].at)
    :: else
    fi;
    entries[e].state = UNTOUCHED;
    entries[e].at = NONE;
    entries[e].writable = 0
}

/* ---- eviction ---- */

/*
 * evict: a resident page leaves memory, if there is a place for it. A frame that has a good copy needs no other. A write that begins takes
 * the frame: its record keeps it until the write has ended, so nothing is copied, and a fault meanwhile finds the contents.
 */
inline evict(e)
{
    f_evict = entries[e].at;
    if
    :: frames[f_evict].copy != NONE ->
        r_evict = frames[f_evict].copy;
        records[r_evict].refs++
    :: frames[f_evict].copy == NONE && any_free_record && in_memory < MEMORY_MAX ->
        take_record(r_evict);
        records[r_evict].kind = MEMORY;
        records[r_evict].contents = frames[f_evict].contents;
        in_memory++;
        frames[f_evict].copy = r_evict;
        records[r_evict].refs++
    :: frames[f_evict].copy == NONE && any_free_record && in_memory >= MEMORY_MAX && writes == 0 ->
        take_record(r_evict);
        records[r_evict].kind = WRITING;
        records[r_evict].at = f_evict;
        records[r_evict].refs++; /* the write's */
        frames[f_evict].refs = frames[f_evict].refs + (BUG == 2 -> 0 : 1);
        writes++
    :: else
    fi;
    if
    :: r_evict != NONE ->
        entries[e].state = STORED;
        entries[e].at = r_evict;
        entries[e].writable = 0;
        put_frame(f_evict);
        moved = 1
    :: else
    fi;
    f_evict = NONE;
    r_evict = NONE
}

#if ENTRIES == 2
#define choose(v, condition) if :: condition(0) -> v = 0 :: condition(1) -> v = 1 fi
#elif ENTRIES == 3
#define choose(v, condition) if :: condition(0) -> v = 0 :: condition(1) -> v = 1 :: condition(2) -> v = 2 fi
#elif ENTRIES == 4
#define choose(v, condition) if :: condition(0) -> v = 0 :: condition(1) -> v = 1 :: condition(2) -> v = 2 :: condition(3) -> v = 3 fi
#endif

/* The hand may come to any page at any time. It does nothing if there is no place for the page, so that a system in which nothing else happens is seen to stand still. */
active proctype reclaim()
{
    byte v, f_evict = NONE, r_evict = NONE, copy_of = NONE;
    bit moved;
end:
    do
    :: atomic {
        choose(v, can_leave);
        evict(v);
        moved = 0;
        v = 0
    }
    od
}

/* ---- migration ---- */

#if ENTRIES == 2
#define holders(f) (holds(0, f) + holds(1, f))
#elif ENTRIES == 3
#define holders(f) (holds(0, f) + holds(1, f) + holds(2, f))
#elif ENTRIES == 4
#define holders(f) (holds(0, f) + holds(1, f) + holds(2, f) + holds(3, f))
#endif

/* A frame that a transfer or a record holds too stays where it is. */
#define can_move(f) (FRAMES == 2 && frames[f].refs > 0 && frames[1 - f].refs == 0 && holders(f) > 0 && (holders(f) == frames[f].refs || BUG == 6))

inline redirect(e, f)
{
    if
    :: holds(e, f) -> entries[e].at = 1 - f
    :: else
    fi
}

active proctype migrate()
{
    byte f;
end:
    do
    :: atomic {
        if
        :: moves < MOVES && can_move(0) -> f = 0
        :: moves < MOVES && can_move(1) -> f = 1
        fi;
        moves++;
        frames[1 - f].refs = frames[f].refs;
        frames[1 - f].contents = frames[f].contents;
        frames[1 - f].copy = (BUG == 7 -> NONE : frames[f].copy);
        frames[f].refs = 0;
        frames[f].contents = 0;
        frames[f].copy = NONE;
        redirect(0, f);
        redirect(1, f);
#if ENTRIES > 2
        redirect(2, f);
#endif
#if ENTRIES > 3
        redirect(3, f);
#endif
        f = 0
    }
    od
}

/* ---- the device ---- */

/* wake: a space whose page was read, or could not be. */
#define waits_for(s, e, r) (waits[s] != 0 && entries[e].state == STORED && entries[e].at == r)

inline wake(s, r, ok)
{
    if
    :: waits_for(s, s * PAGES + waits[s] - 1, r) ->
        w_device = s * PAGES + waits[s] - 1;
        waits[s] = 0;
        if
        :: ok ->
            entries[w_device].state = COW;
            entries[w_device].at = f_device;
            frames[f_device].refs++;
            put_record(r)
        :: else -> ended[s] = 1
        fi;
        w_device = 0
    :: else
    fi
}

inline write_ends(r, ok)
{
    f_device = records[r].at;
    writes--;
    if
    :: ok ->
        records[r].kind = DISK;
        records[r].contents = frames[f_device].contents;
        records[r].at = NONE;
        put_frame(f_device)
    :: !ok && BUG != 5 -> records[r].kind = RAW /* nothing is lost: the frame stays, to be written another time */
    :: !ok && BUG == 5 -> records[r].kind = DISK; records[r].at = NONE; put_frame(f_device)
    fi;
    put_record(r);
    f_device = NONE
}

inline read_ends(r, ok)
{
    f_device = records[r].at;
    reads--;
    records[r].kind = DISK;
    records[r].at = NONE;
    if
    :: ok ->
        frames[f_device].contents = records[r].contents;
        frames[f_device].copy = r;
        records[r].refs++
    :: else
    fi;
    wake(0, r, ok);
    if
    :: BUG != 4 -> wake(1, r, ok)
    :: else
    fi;
#if SPACES == 3
    wake(2, r, ok);
#endif
    put_frame(f_device);
    put_record(r);
    f_device = NONE
}

#define in_flight(r) (records[r].kind == WRITING || records[r].kind == READING)

/* Whatever is in flight ends at some time, well or, FAILURES times, badly. */
active proctype device()
{
    byte r, f_device = NONE, w_device, copy_of = NONE, kept = NONE;
    bit ok;
end:
    do
    :: atomic {
        if
        :: in_flight(0) -> r = 0
        :: in_flight(1) -> r = 1
        :: in_flight(2) -> r = 2
        fi;
        if
        :: ok = 1
        :: failures < FAILURES -> failures++; ok = 0
        fi;
        if
        :: records[r].kind == WRITING -> write_ends(r, ok)
        :: else -> read_ends(r, ok)
        fi;
        r = 0;
        ok = 0
    }
    od
}

/* ---- faults ---- */

/* needs_frame: this access cannot be served without a free frame. */
#define stored_away(r) (records[r].kind == MEMORY || records[r].kind == DISK)
#define is_shared(e) (is_resident(e) && frames[entries[e].at].refs > 1)
#define needs_frame(e) \
    ((entries[e].state == STORED && stored_away(entries[e].at)) || (write && entries[e].state == UNTOUCHED) || (write && is_shared(e)))

/*
 * get_frame: for a fault of s on page e. Without a free one it reclaims another page at once; if a write or a read is under way then, the fault waits for its
 * end as a continuation; if nothing can come free, the space ends.
 */
inline get_frame(s, e)
{
    if
    :: !any_free_frame && e != 0 && is_resident(0) -> v = 0
    :: !any_free_frame && e != 1 && is_resident(1) -> v = 1
#if ENTRIES > 2
    :: !any_free_frame && e != 2 && is_resident(2) -> v = 2
#endif
#if ENTRIES > 3
    :: !any_free_frame && e != 3 && is_resident(3) -> v = 3
#endif
    :: else
    fi;
    if
    :: v != NONE -> evict(v); v = NONE
    :: else
    fi;
    if
    :: any_free_frame
    :: !any_free_frame && writes + reads > 0 -> starved = 1
    :: !any_free_frame && writes + reads == 0 && !moved -> ended[s] = 1
    :: else
    fi;
    moved = 0
}

/* bring_in: page e of s is stored, and a frame is free if one is needed. */
inline bring_in(s, e)
{
    r = entries[e].at;
    if
    :: records[r].kind == WRITING || records[r].kind == RAW ->
        f = records[r].at;
        frames[f].refs++;
        entries[e].state = COW;
        entries[e].at = f;
        put_record(r)
    :: records[r].kind == READING -> waits[s] = e - s * PAGES + 1
    :: records[r].kind == MEMORY ->
        take_frame(f);
        frames[f].contents = records[r].contents;
        frames[f].copy = r; /* the reference of the entry */
        entries[e].state = PRIVATE;
        entries[e].at = f
    :: records[r].kind == DISK ->
        take_frame(f); /* the destination is there before the read begins */
        records[r].kind = READING;
        records[r].at = f;
        records[r].refs++;
        reads++;
        waits[s] = e - s * PAGES + 1
    fi
}

/* write_fault: page e is there and not writable. The last holder takes the frame, any other copies it. */
inline write_fault(e)
{
    f = entries[e].at;
    if
    :: frames[f].refs == 1 && BUG != 3 -> forget_copy(f)
    :: frames[f].refs == 1 && BUG == 3
    :: else ->
        take_frame(r);
        frames[r].contents = frames[f].contents;
        put_frame(f);
        entries[e].at = r
    fi;
    entries[e].state = PRIVATE;
    entries[e].writable = 1
}

/* What is written is new each time: it tells the space, the page, and whether it was written an even or odd number of times. */
inline write_page(s, e)
{
    assert(frames[entries[e].at].refs == 1 && frames[entries[e].at].copy == NONE);
    expected[e] = (expected[e] == e + 1 -> e + 1 + ENTRIES : e + 1);
    frames[entries[e].at].contents = expected[e]
}

/* access: one try; done, or something has changed and it is tried again, or the space waits. */
inline access(s, e)
{
    if
    :: needs_frame(e) -> get_frame(s, e)
    :: else
    fi;
    if
    :: ended[s] || (needs_frame(e) && !any_free_frame) -> starved = !ended[s] && starved
    :: else ->
        starved = 0;
        if
        :: entries[e].state == STORED -> bring_in(s, e)
        :: entries[e].state == UNTOUCHED && !write -> assert(expected[e] == 0); done = 1 /* the zero page */
        :: entries[e].state == UNTOUCHED && write ->
            assert(expected[e] == 0);
            take_frame(f);
            entries[e].state = PRIVATE;
            entries[e].at = f;
            entries[e].writable = 1
        :: is_resident(e) && !write -> assert(frames[entries[e].at].contents == expected[e]); done = 1
        :: is_resident(e) && write && entries[e].writable -> write_page(s, e); done = 1
        :: is_resident(e) && write && !entries[e].writable -> write_fault(e)
        fi
    fi;
    r = NONE;
    f = NONE
}

/* ---- spaces ---- */

/* One thread. A fault that could not be served tries again when something has changed; a kill may come while it waits. */

proctype space(byte s; byte most)
{
    byte v = NONE, f = NONE, r = NONE, f_evict = NONE, r_evict = NONE, copy_of = NONE, kept = NONE, steps, e = s * PAGES;
    bit done, write, starved, moved;

    do
    :: steps < most && !ended[s] ->
        atomic {
            if
            :: write = 0
            :: write = 1
            fi;
            if
            :: e = s * PAGES
            :: PAGES == 2 -> e = s * PAGES + 1
            fi
        }
        do
        :: atomic { !done && !ended[s] && waits[s] == 0 && (!starved || any_free_frame || writes + reads == 0) -> access(s, e) }
        :: atomic { done || ended[s] -> done = 0; write = 0; starved = 0; break }
        :: atomic { waits[s] != 0 && reads > 0 -> waits[s] = 0; ended[s] = 1; write = 0; break }
        od;
        steps++
    :: steps >= most || ended[s] -> break
    od;
    atomic {
        alive[s] = 0;
        release(s * PAGES);
        expected[s * PAGES] = 0;
#if PAGES == 2
        release(s * PAGES + 1);
        expected[s * PAGES + 1] = 0;
#endif
        ended[s] = 0;
        finished++
    }
}

/* fork_page: parent and child hold the same from now on. The parent may be waiting for the page just then. */
inline fork_page(from, to)
{
    if
    :: is_resident(from) ->
        entries[from].state = COW;
        entries[from].writable = (BUG == 1 -> entries[from].writable : 0);
        frames[entries[from].at].refs++;
        entries[to].state = COW;
        entries[to].at = entries[from].at
    :: entries[from].state == STORED ->
        records[entries[from].at].refs = records[entries[from].at].refs + (BUG == 8 && from % PAGES == 1 -> 0 : 1);
        entries[to].state = STORED;
        entries[to].at = entries[from].at
    :: else
    fi;
    expected[to] = expected[from]
}

inline fork_space(parent, child)
{
    fork_page(parent * PAGES, child * PAGES);
#if PAGES == 2
    fork_page(parent * PAGES + 1, child * PAGES + 1);
#endif
    alive[child] = 1;
    run space(child, CHILD_STEPS)
}

init {
    atomic { alive[0] = 1; run space(0, STEPS) }
    if
    :: atomic { alive[0] -> fork_space(0, 1) }
    :: atomic { !alive[0] -> finished++ }
    fi;
#if FORKS == 2
    if
    :: atomic { alive[0] -> fork_space(0, 2) }
    :: atomic { alive[1] -> fork_space(1, 2) }
    :: atomic { !alive[0] && !alive[1] -> finished++ }
    fi;
#endif
    atomic {
        finished == SPACES && writes == 0 && reads == 0 ->
        assert(frames[0].refs == 0 && frames[1].refs == 0);
        assert(records[0].kind == FREE && records[1].kind == FREE && records[2].kind == FREE);
        assert(in_memory == 0)
    }
}
