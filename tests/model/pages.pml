/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One page in three address spaces, as it is touched, written, shared by fork, evicted, stored in memory or on a disk, brought back, and given up.
 * README.md maps the names to the pager's code. Checked for every order of events:
 *   - who reads sees what was written last (no lost page, no page of another space)
 *   - counts of references are those of the holders; nothing is freed twice or while it is held; in the end everything is free
 *   - nobody waits for ever
 * Each atomic block is what the pager does in one go: it has one thread, and never waits within a request.
 */
#ifndef STEPS
#define STEPS 2     /* accesses or forks of each space before it exits */
#endif
#ifndef FORKS
#define FORKS 1     /* 1: a parent and its child; 2: a third space, forked from either */
#endif
#ifndef FRAMES
#define FRAMES 2    /* or 1 */
#endif
#ifndef BUG
#define BUG 0       /* 1 to 5: a mistake that the model must find, to see that it can */
#endif
#define SPACES 3
#define RECORDS 3
#define MEMORY_MAX 1 /* records that the store in memory has room for */
#define FAILURES 1   /* writes or reads that the device fails */
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

entry entries[SPACES];
frame frames[2];
record records[RECORDS];
byte expected[SPACES];   /* what each space has to read; 0 before its first write */
bit alive[SPACES];
bit ended[SPACES];       /* by the pager: out of memory, or its stored page could not be read */
bit waits[SPACES];       /* its fault is answered when a read ends */
byte in_memory;          /* records of kind MEMORY */
byte writes, reads;      /* in flight; one write at most */
byte failures;
byte finished;           /* spaces that exited, or never were */

#define any_free_frame (frames[0].refs == 0 || (FRAMES == 2 && frames[1].refs == 0))
#define any_free_record (records[0].kind == FREE || records[1].kind == FREE || records[2].kind == FREE)
#define is_resident(s) (entries[s].state == PRIVATE || entries[s].state == COW)

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

/* release: a space lets go of its page. */
inline release(s)
{
    if
    :: is_resident(s) -> put_frame(entries[s].at)
    :: entries[s].state == STORED -> put_record(entries[s].at)
    :: else
    fi;
    entries[s].state = UNTOUCHED;
    entries[s].at = NONE;
    entries[s].writable = 0
}

/* ---- eviction ---- */

/*
 * evict: a resident page leaves memory, if there is a place for it. A frame that has a good copy needs no other. A write that begins takes
 * the frame: its record keeps it until the write has ended, so nothing is copied, and a fault meanwhile finds the contents.
 */
inline evict(s)
{
    f_evict = entries[s].at;
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
        entries[s].state = STORED;
        entries[s].at = r_evict;
        entries[s].writable = 0;
        put_frame(f_evict);
        moved = 1
    :: else
    fi;
    f_evict = NONE;
    r_evict = NONE
}

/* The hand may come to any page at any time. */
active proctype reclaim()
{
    byte v, f_evict = NONE, r_evict = NONE, copy_of = NONE;
    bit moved;
end:
    do
    :: atomic {
        if
        :: is_resident(0) -> v = 0
        :: is_resident(1) -> v = 1
        :: is_resident(2) -> v = 2
        fi;
        evict(v);
        moved = 0;
        v = 0
    }
    od
}

/* ---- the device ---- */

/* wake: a space whose page was read, or could not be. */
inline wake(s, r, ok)
{
    if
    :: waits[s] && entries[s].state == STORED && entries[s].at == r ->
        waits[s] = 0;
        if
        :: ok ->
            entries[s].state = COW;
            entries[s].at = f_device;
            frames[f_device].refs++;
            put_record(r)
        :: else -> ended[s] = 1
        fi
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
    wake(2, r, ok);
    put_frame(f_device);
    put_record(r);
    f_device = NONE
}

#define in_flight(r) (records[r].kind == WRITING || records[r].kind == READING)

/* Whatever is in flight ends at some time, well or, FAILURES times, badly. */
active proctype device()
{
    byte r, f_device = NONE, copy_of = NONE, kept = NONE;
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
#define is_shared(s) (is_resident(s) && frames[entries[s].at].refs > 1)
#define needs_frame(s) \
    ((entries[s].state == STORED && stored_away(entries[s].at)) || (write && entries[s].state == UNTOUCHED) || (write && is_shared(s)))

/*
 * get_frame: for a fault of s. Without a free one it reclaims at once, from others; if a write or a read is under way then, the fault waits for its
 * end as a continuation; if nothing can come free, the space ends.
 */
inline get_frame(s)
{
    if
    :: !any_free_frame && s != 0 && is_resident(0) -> v = 0
    :: !any_free_frame && s != 1 && is_resident(1) -> v = 1
    :: !any_free_frame && s != 2 && is_resident(2) -> v = 2
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

/* bring_in: the page of s is stored, and a frame is free if one is needed. */
inline bring_in(s)
{
    r = entries[s].at;
    if
    :: records[r].kind == WRITING || records[r].kind == RAW ->
        f = records[r].at;
        frames[f].refs++;
        entries[s].state = COW;
        entries[s].at = f;
        put_record(r)
    :: records[r].kind == READING -> waits[s] = 1
    :: records[r].kind == MEMORY ->
        take_frame(f);
        frames[f].contents = records[r].contents;
        frames[f].copy = r; /* the reference of the entry */
        entries[s].state = PRIVATE;
        entries[s].at = f
    :: records[r].kind == DISK ->
        take_frame(f); /* the destination is there before the read begins */
        records[r].kind = READING;
        records[r].at = f;
        records[r].refs++;
        reads++;
        waits[s] = 1
    fi
}

/* write_fault: the page of s is there and not writable. The last holder takes the frame, any other copies it. */
inline write_fault(s)
{
    f = entries[s].at;
    if
    :: frames[f].refs == 1 && BUG != 3 -> forget_copy(f)
    :: frames[f].refs == 1 && BUG == 3
    :: else ->
        take_frame(r);
        frames[r].contents = frames[f].contents;
        put_frame(f);
        entries[s].at = r
    fi;
    entries[s].state = PRIVATE;
    entries[s].writable = 1
}

/* What is written is new each time: it tells the space, and whether it wrote an even or odd number of times. */
inline write_page(s)
{
    assert(frames[entries[s].at].refs == 1 && frames[entries[s].at].copy == NONE);
    expected[s] = (expected[s] == s + 1 -> s + 5 : s + 1);
    frames[entries[s].at].contents = expected[s]
}

/* access: one try; done, or something has changed and it is tried again, or the space waits. */
inline access(s)
{
    if
    :: needs_frame(s) -> get_frame(s)
    :: else
    fi;
    if
    :: ended[s] || (needs_frame(s) && !any_free_frame) -> starved = !ended[s] && starved
    :: else ->
        starved = 0;
        if
        :: entries[s].state == STORED -> bring_in(s)
        :: entries[s].state == UNTOUCHED && !write -> assert(expected[s] == 0); done = 1 /* the zero page */
        :: entries[s].state == UNTOUCHED && write ->
            assert(expected[s] == 0);
            take_frame(f);
            entries[s].state = PRIVATE;
            entries[s].at = f;
            entries[s].writable = 1
        :: is_resident(s) && !write -> assert(frames[entries[s].at].contents == expected[s]); done = 1
        :: is_resident(s) && write && entries[s].writable -> write_page(s); done = 1
        :: is_resident(s) && write && !entries[s].writable -> write_fault(s)
        fi
    fi;
    r = NONE;
    f = NONE
}

/* ---- spaces ---- */

/* One thread. A fault that could not be served tries again when something has changed; a kill may come while it waits. */

proctype space(byte s)
{
    byte v = NONE, f = NONE, r = NONE, f_evict = NONE, r_evict = NONE, copy_of = NONE, kept = NONE, steps;
    bit done, write, starved, moved;

    do
    :: steps < STEPS && !ended[s] ->
        if
        :: write = 0
        :: write = 1
        fi;
        do
        :: atomic { !done && !ended[s] && !waits[s] && (!starved || any_free_frame || writes + reads == 0) -> access(s) }
        :: atomic { done || ended[s] -> done = 0; write = 0; starved = 0; break }
        :: atomic { waits[s] && reads > 0 -> waits[s] = 0; ended[s] = 1; write = 0; break }
        od;
        steps++
    :: steps >= STEPS || ended[s] -> break
    od;
    atomic {
        alive[s] = 0;
        release(s);
        ended[s] = 0;
        expected[s] = 0;
        finished++
    }
}

/* fork_space: parent and child hold the same from now on. The parent may be waiting for its page just then. */
inline fork_space(parent, child)
{
    if
    :: is_resident(parent) ->
        entries[parent].state = COW;
        entries[parent].writable = (BUG == 1 -> entries[parent].writable : 0);
        frames[entries[parent].at].refs++;
        entries[child].state = COW;
        entries[child].at = entries[parent].at
    :: entries[parent].state == STORED ->
        records[entries[parent].at].refs++;
        entries[child].state = STORED;
        entries[child].at = entries[parent].at
    :: else
    fi;
    expected[child] = expected[parent];
    alive[child] = 1;
    run space(child)
}

init {
    atomic { alive[0] = 1; run space(0) }
    if
    :: atomic { alive[0] -> fork_space(0, 1) }
    :: atomic { !alive[0] -> finished++ }
    fi;
    if
    :: atomic { FORKS == 2 && alive[0] -> fork_space(0, 2) }
    :: atomic { FORKS == 2 && alive[1] -> fork_space(1, 2) }
    :: atomic { FORKS == 1 || (!alive[0] && !alive[1]) -> finished++ }
    fi;
    atomic {
        finished == SPACES && writes == 0 && reads == 0 ->
        assert(frames[0].refs == 0 && frames[1].refs == 0);
        assert(records[0].kind == FREE && records[1].kind == FREE && records[2].kind == FREE);
        assert(in_memory == 0)
    }
}
