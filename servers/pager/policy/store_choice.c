/* SPDX-License-Identifier: BSD-2-Clause */
#include "size_class.h"
#include "store_choice.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* writable: page writes that can be started now. */
static uint64_t writable(const struct store_facts *f)
{
    return f->writes < f->writes_max ? smaller(f->disk_free, f->writes_max - f->writes) : 0;
}

static bool store_has_room(const struct store_facts *f)
{
    return f->store_frames < f->store_limit;
}

static enum store_answer disk_or_keep(const struct store_facts *f)
{
    return writable(f) > 0 ? STORE_DISK : STORE_KEEP;
}

/* worth_trying: pages of a space that did not compress so far are tried only now and then. */
static bool worth_trying(struct store_history *h)
{
    if (h->failures < STORE_GIVE_UP) {
        return true;
    }
    h->skipped++;
    if (h->skipped < STORE_RETRY) {
        return false;
    }
    h->skipped = 0;
    return true;
}

enum store_answer store_first(const struct store_facts *f, const struct store_page *page, struct store_history *h)
{
    if (page->reproducible) {
        return STORE_DROP;
    }
    if (page->same_filled) {
        return STORE_SAME;
    }
    if (!store_has_room(f) || (page->cold && writable(f) > 0)) {
        return disk_or_keep(f);
    }
    return f->disk_free == 0 || worth_trying(h) ? STORE_TRY : disk_or_keep(f);
}

uint32_t store_bytes_max(const struct store_facts *f)
{
    return writable(f) > 0 ? STORE_BYTES_WITH_DISK : SIZE_CLASS_BYTES_MAX;
}

enum store_answer store_compressed(const struct store_facts *f, struct store_history *h, uint32_t bytes)
{
    if (bytes > store_bytes_max(f)) {
        h->failures = h->failures < UINT8_MAX ? (uint8_t)(h->failures + 1) : UINT8_MAX;
        return disk_or_keep(f);
    }
    h->failures = 0;
    return store_has_room(f) ? STORE_COMPRESSED : disk_or_keep(f);
}

uint32_t store_write_back(const struct store_facts *f)
{
    uint64_t threshold = f->store_limit - f->store_limit / 8;

    if (f->store_frames <= threshold) {
        return 0;
    }
    /* A frame of the store comes free only when all objects in it are gone; most hold at least two. */
    return (uint32_t)smaller((f->store_frames - threshold) * 2, writable(f));
}
