/* SPDX-License-Identifier: BSD-2-Clause */
#include "prezero.h"

#include "frame.h"
#include "kernel_if.h"
#include "leaving.h"
#include "state.h"

#include <string.h>

_Static_assert(PREZERO_COLOURS == COLOURS_MAX, "a target for each colour");
_Static_assert(PREZERO_STEP == GROUP_PAGES, "a free block is a group at most");

struct prezero_counters prezero_counters;

static struct prezero policy;
static uint32_t taken_before[COLOURS_MAX]; /* at the last tick, by the low bits of frame numbers */
static uint32_t in_runs_before;
static uint64_t missed_before, missed_lately; /* frames zeroed when they were wanted: until the last tick; in the period before it */
static uint64_t idle_before;
static enum { NOT_ASKED, ASKED, WITHDRAWN } asked; /* the idle thread: withdrawn, it is suspended where it was about to signal */

void prezero_start(void)
{
    memset(&prezero_counters, 0, sizeof prezero_counters);
    memset(taken_before, 0, sizeof taken_before);
    idle_before = kernel_idle_entries();
    asked = NOT_ASKED;
    in_runs_before = 0;
    missed_before = missed_lately = 0;
    prezero_init(&policy, frame_colours(), 0);
    prezero_limit_now();
}

void prezero_limit_now(void)
{
    prezero_limit(&policy, pager.general_pages * pager.prezero_limit / 100);
}

/* by_colour: what is counted by the low bits of frame numbers. */
static void by_colour(uint32_t *sums, const uint32_t *counts)
{
    memset(sums, 0, COLOURS_MAX * sizeof *sums);
    for (uint32_t i = 0; i < COLOURS_MAX; i++) {
        sums[i & frame_colour_mask] += counts[i];
    }
}

/* missed_in_runs: zeroed frames of runs, the colours of which follow each other. */
static uint32_t missed_in_runs(void)
{
    uint32_t n = 0;

    for (unsigned run = 0; run < FRAME_RUNS; run++) {
        n += frame_runs[run].missed;
    }
    return n;
}

static uint64_t missed_in_all(void)
{
    uint64_t n = missed_in_runs();

    for (uint32_t i = 0; i < COLOURS_MAX; i++) {
        n += frame_zeros.missed[i];
    }
    return n;
}

static struct prezero_step choose(bool idle, uint32_t skip)
{
    uint32_t clean[COLOURS_MAX];

    by_colour(clean, frame_zeros.clean);
    return prezero_choose(&policy, &(struct prezero_now){.clean = clean, .free_pages = pages_free(), .level = pager.pressure.level, .idle = idle, .skip = skip});
}

/* ask: for idle time, if there is something to do in it. `idle`: some is to be expected. While it is not given, a ready thread costs each switch between others some
 * ten instructions, so a machine that is always busy is not asked. */
static void ask(bool idle)
{
    if (asked == ASKED || (!leaving_any() && (!pager.prezero || choose(idle, 0).n == 0))) {
        return;
    }
    if (asked == WITHDRAWN) {
        must(kernel_thread_resume(PAGER_CAP_IDLE_TCB), "prezero: resume");
    } else {
        kernel_signal(PAGER_CAP_SIGNAL_IDLE);
    }
    asked = ASKED;
}

void prezero_ask(void)
{
    ask(true);
}

/* withdraw: what was asked for has not come for a whole period, so it is not to be expected. */
static void withdraw(void)
{
    if (asked == ASKED) {
        must(kernel_thread_suspend(PAGER_CAP_IDLE_TCB), "prezero: suspend");
        asked = WITHDRAWN;
    }
}

/* answered: the idle thread has signalled, even if it was suspended right after that. */
static void answered(void)
{
    if (asked == WITHDRAWN) {
        must(kernel_thread_resume(PAGER_CAP_IDLE_TCB), "prezero: resume");
    }
    asked = NOT_ASKED;
}

__attribute__((cold, noinline)) void prezero_tick(void)
{
    uint32_t taken[COLOURS_MAX], sums[COLOURS_MAX], in_runs = missed_in_runs() - in_runs_before;

    in_runs_before += in_runs;
    for (uint32_t i = 0; i < COLOURS_MAX; i++) {
        uint32_t so_far = frame_zeros.hit[i] + frame_zeros.missed[i];
        taken[i] = so_far - taken_before[i] + in_runs / COLOURS_MAX + (i < in_runs % COLOURS_MAX);
        taken_before[i] = so_far;
    }
    if (policy.colours != frame_colours()) {
        prezero_colours(&policy, frame_colours());
    }
    by_colour(sums, taken);
    prezero_interval(&policy, sums);
    uint64_t missed = missed_in_all();
    missed_lately = missed - missed_before;
    missed_before = missed;
    uint64_t idle = kernel_idle_entries();
    if (idle == idle_before) {
        withdraw();
    }
    ask(idle != idle_before);
    idle_before = idle;
}

/* zero_block: for the colour that lacks most of those that some free block has. *lacking: some colour does. */
static bool zero_block(bool *lacking)
{
    uint32_t skip = 0, n;
    struct prezero_step step;

    *lacking = false;
    while ((step = choose(true, skip)).n > 0) {
        uint64_t start = kernel_ticks();
        *lacking = true;
        if ((n = frames_zero_ahead(step.colour & frame_colour_mask)) > 0) {
            prezero_counters.zeroed += n;
            prezero_counters.ticks += kernel_ticks() - start;
            prezero_paid(&policy, n);
            return true;
        }
        skip |= 1u << step.colour;
    }
    return false;
}

/* arm_group: false: there is none. One that was in use before is zeroed by the steps to come. */
static bool arm_group(void)
{
    bool armed;
    uint32_t n = frames_arm_ahead(&armed);

    prezero_counters.armed += n;
    prezero_paid(&policy, n);
    return armed;
}

__attribute__((cold, noinline)) void prezero_idle(void)
{
    bool lacking;

    answered();
    if (pager.prezero && (zero_block(&lacking) || (lacking && arm_group()))) {
        prezero_counters.steps++;
        ask(true);
    } else if (leaving_step()) {
        ask(true);
    }
}

void prezero_state(struct prezero_state *state)
{
    *state = (struct prezero_state){.missed = missed_in_all(), .target = prezero_target_all(&policy, pages_free()), .rate = prezero_rate(&policy), .limit = policy.limit,
        .account = prezero_account(&policy), .missed_lately = missed_lately,
        .zero_ns = prezero_counters.zeroed > 0 ? ticks_to_ns(prezero_counters.ticks) / prezero_counters.zeroed : 0};
    for (uint32_t i = 0; i < COLOURS_MAX; i++) {
        state->clean += frame_zeros.clean[i];
        state->hits += frame_zeros.hit[i];
    }
}
