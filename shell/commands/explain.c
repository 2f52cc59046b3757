/* SPDX-License-Identifier: BSD-2-Clause */
/* One page in words: what it is now, and what happened to it. */
#include "census.h"
#include "command.h"
#include "text.h"

#include "pagoda/layout.h"
#include "pagoda/page_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const struct command command_explain;

static const char *region_text(uint64_t kind)
{
    static const char *const texts[] = {[PAGER_REGION_ANONYMOUS] = "anonymous memory", [PAGER_REGION_STACK] = "a stack",
        [PAGER_REGION_FILE] = "a file", [PAGER_REGION_SHARED] = "shared memory"};
    return kind < sizeof(texts) / sizeof(texts[0]) && texts[kind] != NULL ? texts[kind] : "the system's own memory";
}

static const char *state_text(uint64_t state)
{
    static const char *const texts[] = {
        [PAGER_PAGE_STATE_NONE] = "untouched: there is no memory behind it",
        [PAGER_PAGE_STATE_ZERO] = "never written: it shares the one page of zeros",
        [PAGER_PAGE_STATE_PRIVATE] = "in a frame of its own",
        [PAGER_PAGE_STATE_COW] = "in a frame that is copied at the first write",
        [PAGER_PAGE_STATE_FILE] = "in a frame of the boot archive",
        [PAGER_PAGE_STATE_SHARED] = "in a frame of shared memory",
        [PAGER_PAGE_STATE_STORED] = "not in memory",
    };
    return state < sizeof(texts) / sizeof(texts[0]) ? texts[state] : "?";
}

static void print_rights(uint64_t prot)
{
    printf("%c%c%c", prot & PAGER_PROT_READ ? 'r' : '-', prot & PAGER_PROT_WRITE ? 'w' : '-', prot & PAGER_PROT_EXEC ? 'x' : '-');
}

static void print_now(const struct pager_page_explain_reply *p)
{
    printf("Now: %s", state_text(p->state));
    if (p->holders > 1)
        printf(", with %" PRIu64 " holders", p->holders);
    if (p->mapped != 0) {
        printf(", mapped ");
        print_rights(p->mapped);
    } else if (p->holders != 0)
        printf(", not mapped");
    printf(".\n");
    if (p->stored_kind == STORED_SAME)
        printf("Stored as one word.\n");
    else if (p->stored_kind == STORED_DISK)
        printf("Stored on the disk, slot %" PRIu64 ".\n", p->slot);
    else if (p->stored_kind == STORED_COMPRESSED)
        printf("Stored in %" PRIu64 " bytes, %s of a page.\n", p->stored_bytes, text_percent(p->stored_bytes, PAGE_SIZE).s);
}

/* What comes behind the text of an event. */
static void print_detail(const struct page_event *e)
{
    if (e->kind == PAGER_PAGE_EVENT_COMPRESSED)
        printf(": compressed to %s", text_percent(e->detail, PAGE_SIZE).s);
    else if (e->kind == PAGER_PAGE_EVENT_BACK)
        printf(" for a %s", e->detail != 0 ? "write" : "read");
    else if (e->kind == PAGER_PAGE_EVENT_DISK || e->kind == PAGER_PAGE_EVENT_MOVED)
        printf(", slot %" PRIu32, e->detail);
    else if (e->kind == PAGER_PAGE_EVENT_FAULT)
        printf("%s", fault_kind_text(e->detail));
    else if (e->kind == PAGER_PAGE_EVENT_LOOKED && e->detail != 0)
        printf("used since the last look");
    else if (e->kind == PAGER_PAGE_EVENT_LOOKED)
        printf("not used since the last look");
    if (e->age != 0)
        printf("; used %u generation%s ago", e->age, e->age == 1 ? "" : "s");
}

static void print_event(const struct page_event *e)
{
    static const char *const texts[PAGER_PAGE_EVENTS] = {
        [PAGER_PAGE_EVENT_COPIED] = "copied, because it was shared and written",
        [PAGER_PAGE_EVENT_ZERO] = "left memory: full of zeros",
        [PAGER_PAGE_EVENT_DROPPED] = "left memory: the file still has it",
        [PAGER_PAGE_EVENT_SAME] = "left memory: kept as one word",
        [PAGER_PAGE_EVENT_COMPRESSED] = "left memory",
        [PAGER_PAGE_EVENT_CLEAN] = "left memory: its stored copy was good",
        [PAGER_PAGE_EVENT_REFUSED] = "was to leave memory, but does not compress",
        [PAGER_PAGE_EVENT_BACK] = "came back",
        [PAGER_PAGE_EVENT_DISK] = "left memory, for the disk",
        [PAGER_PAGE_EVENT_MOVED] = "its compressed copy moved to the disk",
        [PAGER_PAGE_EVENT_FAULT] = "",
        [PAGER_PAGE_EVENT_LOOKED] = "looked at: ",
    };
    const char *text = e->kind < PAGER_PAGE_EVENTS && texts[e->kind] != NULL ? texts[e->kind] : "?";
    printf("%11s  %s", text_ratio(e->time_us, 1000000, 3).s, text);
    print_detail(e);
    printf("\n");
}

/* Oldest first, as one reads. */
static void print_events(const struct pager_page_explain_reply *p)
{
    struct page_event e;
    unsigned n = (unsigned)(p->events.len / sizeof(e));
    printf("%11s  what happened to it\n", "TIME, s");
    for (unsigned i = n; i-- > 0;) {
        memcpy(&e, &p->events.data[i * sizeof(e)], sizeof(e));
        print_event(&e);
    }
    printf("%11s  now\n", text_ratio(p->now_us, 1000000, 3).s);
    if (p->since_us == 0)
        printf("No page has been copied or left memory yet.\n");
    else
        printf("What happened to it is known since %s s.\n", text_ratio(p->since_us, 1000000, 3).s);
}

static int run(struct shell *shell, int argc, char **argv)
{
    struct pager_page_explain_reply page;
    uint64_t va;
    (void)shell, (void)argc;
    const struct census *census = census_take("explain");
    const struct census_entry *entry = census == NULL ? NULL : census_process(census, "explain", argv[1]);
    if (entry == NULL)
        return STATUS_FAILED;
    if (!text_parse_number(argv[2], &va))
        return command_usage(&command_explain, "'%s' is not an address; 'lazy %s' lists the regions", argv[2], argv[1]);
    int error = pager_page_explain(LAYOUT_CAP_PAGER, entry->space.space, va, &page);
    if (error == PAGODA_ERR_NOT_MAPPED)
        return shell_complain("explain", "process %s has no region at 0x%" PRIx64 "; 'lazy %s' lists them", argv[1], va, argv[1]);
    if (error != PAGODA_OK)
        return shell_failed("explain", error);
    printf("Page 0x%" PRIx64 " of process %s (%s): %s, rights ", va & ~(uint64_t)(PAGE_SIZE - 1), argv[1], entry->space.label,
           region_text(page.region_kind));
    print_rights(page.prot);
    printf(".\n");
    print_now(&page);
    print_events(&page);
    return STATUS_OK;
}

const struct command command_explain = {
    .name = "explain",
    .usage = "PID ADDRESS",
    .summary = "one page: what it is now and what happened to it",
    .help = "The state of a page, who holds its frame, how it is mapped, its stored copy if\n"
            "there is one, and when it was copied, left memory, came back. The pager\n"
            "remembers the last 2048 such events of all pages. The 8 pages that were asked\n"
            "about last it follows: of each it remembers the last 40 events, its first touch\n"
            "and other faults too, and when it looked whether the page is used. So under\n"
            "pressure, ask again a little later. Ages are in generations: one has passed when\n"
            "an eighth of the program's pages have left memory. 'lazy PID' lists the regions\n"
            "of a process with their addresses.\n",
    .words = "",
    .group = GROUP_MEMORY,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
