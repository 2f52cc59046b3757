/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory from the pager: the heap that sbrk moves through, and mappings. */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "generated/pager_client.h"
#include "internal.h"

_Static_assert(PROT_READ == PAGER_PROT_READ && PROT_WRITE == PAGER_PROT_WRITE && PROT_EXEC == PAGER_PROT_EXEC, "passed on as they are");
_Static_assert(MADV_RANDOM == PAGER_ADVICE_RANDOM && MADV_SEQUENTIAL == PAGER_ADVICE_SEQUENTIAL && MADV_WILLNEED == PAGER_ADVICE_WILLNEED &&
                   MADV_DONTNEED == PAGER_ADVICE_DONTNEED && MADV_COLD == PAGER_ADVICE_COLD, "passed on as they are");

/* The heap: [LAYOUT_HEAP_VA, heap_break) is in use, [heap_break, heap_end) is mapped for it already. */
static uint64_t heap_break = LAYOUT_HEAP_VA, heap_end = LAYOUT_HEAP_VA;

#define HEAP_STEP_MIN 262144u

static uint64_t round_up(uint64_t value)
{
    return (value + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

static bool heap_map_to(uint64_t end)
{
    uint64_t va;
    if (pager_region_map(LAYOUT_CAP_PAGER, 0, heap_end, end - heap_end, PAGER_PROT_READ | PAGER_PROT_WRITE, PAGER_MAP_FIXED, &va))
        return false;
    heap_end = end;
    return true;
}

/* heap_reach: addresses up to `end` are mapped. As many again as there are, so that a heap of any size takes few steps; only what is needed where more is refused. */
static bool heap_reach(uint64_t end)
{
    end = round_up(end);
    if (end <= heap_end)
        return true;
    uint64_t step = heap_end - LAYOUT_HEAP_VA > HEAP_STEP_MIN ? heap_end - LAYOUT_HEAP_VA : HEAP_STEP_MIN, far = heap_end + step;
    far = far > LAYOUT_HEAP_END ? LAYOUT_HEAP_END : far;
    return (far > end && heap_map_to(far)) || heap_map_to(end);
}

void *sbrk(ptrdiff_t increment)
{
    uint64_t old = heap_break;
    if ((increment > 0 ? (uint64_t)increment > LAYOUT_HEAP_END - old : (uint64_t)-increment > old - LAYOUT_HEAP_VA) ||
        !heap_reach(old + (uint64_t)increment)) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_break = old + (uint64_t)increment;
    /* Shrunk: whole pages above the new break go back. */
    uint64_t first = round_up(heap_break), end = round_up(old);
    if (first < end)
        pager_region_advise(LAYOUT_CAP_PAGER, 0, first, end - first, PAGER_ADVICE_DONTNEED, NULL);
    return (void *)old;
}

/* map_flags: mmap's flags as the pager's; false when they contradict each other. */
static bool map_flags(int flags, uint64_t *out)
{
    bool shared = flags & MAP_SHARED, private = flags & MAP_PRIVATE;
    if (shared == private)
        return false;
    *out = shared ? PAGER_MAP_SHARED : 0;
    if (flags & MAP_FIXED_NOREPLACE)
        *out |= PAGER_MAP_FIXED;
    else if (flags & MAP_FIXED)
        *out |= PAGER_MAP_FIXED | PAGER_MAP_REPLACE;
    return true;
}

static int map_file(uint64_t hint, uint64_t length, uint64_t prot, uint64_t flags, int fd, off_t offset, uint64_t *va)
{
    uint64_t file, size;
    if (file_number(fd, &file, &size))
        return -1;
    if (flags & PAGER_MAP_SHARED && prot & PROT_WRITE)
        return set_errno(EACCES); /* the archive cannot be written */
    uint64_t rest = (uint64_t)offset < size ? size - (uint64_t)offset : 0;
    uint64_t bytes = rest < length ? rest : length;
    return pagoda_set_errno(pager_region_map_file(LAYOUT_CAP_PAGER, 0, hint, length, prot, flags & ~(uint64_t)PAGER_MAP_SHARED, file,
                                                  (uint64_t)offset, bytes, va));
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    uint64_t va = 0, hint = (uint64_t)address, bits = 0;
    bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
    if (length == 0 || protection & ~7 || !map_flags(flags, &bits) || (fixed && hint % PAGE_SIZE) || offset < 0 || offset % PAGE_SIZE) {
        errno = EINVAL;
        return MAP_FAILED;
    }
    if (length > LAYOUT_MMAP_END) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    if (!fixed)
        hint = hint & ~(uint64_t)(PAGE_SIZE - 1);
    int failed;
    if (flags & MAP_ANONYMOUS)
        failed = pagoda_set_errno(pager_region_map(LAYOUT_CAP_PAGER, 0, hint, length, (uint64_t)protection, bits, &va));
    else
        failed = map_file(hint, length, (uint64_t)protection, bits, file, offset, &va);
    if (failed && errno == EAGAIN)
        errno = ENOMEM; /* no room for another region */
    return failed ? MAP_FAILED : (void *)va;
}

static bool bad_range(const void *address, size_t length)
{
    return (uint64_t)address % PAGE_SIZE || length > LAYOUT_USER_TOP;
}

int munmap(void *address, size_t length)
{
    if (bad_range(address, length) || length == 0)
        return set_errno(EINVAL);
    return pagoda_set_errno(pager_region_unmap(LAYOUT_CAP_PAGER, 0, (uint64_t)address, length));
}

/* in_parts: ask for the parts of [va, end), of each of which `part` says where the next begins, until one says that there is no more to be done. */
static int in_parts(int (*part)(uint64_t va, uint64_t length, uint64_t *next, int how), uint64_t va, uint64_t end, int how)
{
    uint64_t next = va;
    unsigned parts = 0;
    do {
        va = next;
        int error = part(va, end - va, &next, how);
        if (error)
            return pagoda_set_errno(error);
        pagoda_part_done(&parts);
    } while (next > va && next < end);
    return 0;
}

static int narrow(uint64_t va, uint64_t length, uint64_t *next, int how)
{
    (void)how;
    return pager_region_narrow(LAYOUT_CAP_PAGER, 0, va, length, next);
}

int mprotect(void *address, size_t length, int protection)
{
    uint64_t va = (uint64_t)address, next;
    if (bad_range(address, length) || protection & ~7)
        return set_errno(EINVAL);
    if (length == 0)
        return 0;
    int error = pager_region_protect(LAYOUT_CAP_PAGER, 0, va, length, (uint64_t)protection, &next);
    if (error || next >= va + length)
        return pagoda_set_errno(error);
    return in_parts(narrow, next, va + length, 0);
}

static int advise(uint64_t va, uint64_t length, uint64_t *next, int how)
{
    return pager_region_advise(LAYOUT_CAP_PAGER, 0, va, length, (uint64_t)how, next);
}

int madvise(void *address, size_t length, int advice)
{
    if (bad_range(address, length) || advice < 0 || advice > MADV_COLD)
        return set_errno(EINVAL);
    if (length == 0)
        return 0;
    return in_parts(advise, (uint64_t)address, (uint64_t)address + length, advice);
}

int getpagesize(void)
{
    return PAGE_SIZE;
}
