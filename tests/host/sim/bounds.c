/* SPDX-License-Identifier: BSD-2-Clause */
/* Replacement by those who know more than the pager: the past (LRU), the future (MIN), nothing at all (random). */
#include "replay.h"

#include <stdlib.h>

#define NOWHERE UINT32_MAX

/* A heap of resident pages, the one used again last on top. An entry whose `next` is out of date stays until it comes to the top: then it
 * can only be that of a page used again since, which has a newer entry. */
struct heap {
    uint32_t *next; /* index of the next use, by place */
    uint32_t *page;
    uint32_t n;
};

static void heap_swap(struct heap *h, uint32_t a, uint32_t b)
{
    uint32_t next = h->next[a], page = h->page[a];

    h->next[a] = h->next[b];
    h->page[a] = h->page[b];
    h->next[b] = next;
    h->page[b] = page;
}

static void heap_push(struct heap *h, uint32_t next, uint32_t page)
{
    uint32_t at = h->n++;

    h->next[at] = next;
    h->page[at] = page;
    for (; at > 0 && h->next[(at - 1) / 2] < h->next[at]; at = (at - 1) / 2) {
        heap_swap(h, at, (at - 1) / 2);
    }
}

static void heap_pop(struct heap *h)
{
    uint32_t at = 0, child;

    heap_swap(h, 0, --h->n);
    while ((child = 2 * at + 1) < h->n) {
        child += child + 1 < h->n && h->next[child + 1] > h->next[child];
        if (h->next[child] <= h->next[at]) {
            return;
        }
        heap_swap(h, at, child);
        at = child;
    }
}

uint32_t replay_optimum(const struct trace *t, const uint32_t *next, uint32_t frames)
{
    struct heap heap = {allocate(t->length, sizeof(uint32_t)), allocate(t->length, sizeof(uint32_t)), 0};
    uint32_t *due = allocate(t->end, sizeof *due); /* of a resident page: its next use; 0: not resident */
    uint32_t resident = 0, faults = 0;

    for (uint32_t i = 0; i < t->length; i++) {
        uint32_t page = t->accesses[i].page;
        if (due[page] == 0) {
            faults++;
            for (; resident == frames; heap_pop(&heap)) {
                if (due[heap.page[0]] == heap.next[0]) {
                    due[heap.page[0]] = 0;
                    resident--;
                }
            }
            resident++;
        }
        due[page] = next[i];
        heap_push(&heap, next[i], page);
    }
    free(heap.next);
    free(heap.page);
    free(due);
    return faults;
}

uint32_t replay_lru(const struct trace *t, uint32_t frames)
{
    /* A list through the page numbers; entry `end` is its head: later[end] the oldest, earlier[end] the newest. */
    uint32_t *later = allocate(t->end + 1, sizeof *later), *earlier = allocate(t->end + 1, sizeof *earlier);
    uint32_t head = t->end, resident = 0, faults = 0;

    for (uint32_t page = 0; page <= t->end; page++) {
        later[page] = earlier[page] = page == head ? head : NOWHERE;
    }
    for (uint32_t i = 0; i < t->length; i++) {
        uint32_t page = t->accesses[i].page;
        if (later[page] != NOWHERE) {
            later[earlier[page]] = later[page];
            earlier[later[page]] = earlier[page];
        } else {
            faults++;
            if (resident == frames) {
                uint32_t oldest = later[head];
                later[head] = later[oldest];
                earlier[later[oldest]] = head;
                later[oldest] = NOWHERE;
            } else {
                resident++;
            }
        }
        later[page] = head;
        earlier[page] = earlier[head];
        later[earlier[page]] = page;
        earlier[head] = page;
    }
    free(later);
    free(earlier);
    return faults;
}

uint32_t replay_random(const struct trace *t, uint32_t frames)
{
    uint32_t *place = allocate(t->end, sizeof *place); /* frame + 1; 0: not resident */
    uint32_t *held = allocate(frames, sizeof *held);
    uint32_t resident = 0, faults = 0;
    struct random random = {42};

    for (uint32_t i = 0; i < t->length; i++) {
        uint32_t page = t->accesses[i].page;
        if (place[page] == 0) {
            uint32_t frame = resident < frames ? resident++ : random_below(&random, frames);
            if (faults >= frames) {
                place[held[frame]] = 0;
            }
            faults++;
            held[frame] = page;
            place[page] = frame + 1;
        }
    }
    free(place);
    free(held);
    return faults;
}
