/* SPDX-License-Identifier: BSD-2-Clause */
#include "stall.h"

#include <stdbool.h>

#define ONE ((uint64_t)1 << 32) /* of averages and factors */

/* What remains of an average after one period: exp(-STALL_PERIOD / span). */
static const uint64_t remains[STALL_SPANS] = {
    4188924176u, /* 10 s */
    4277108830u, /* 60 s */
    4291389647u, /* 300 s */
};

void stall_init(struct stall *s, uint64_t now_ns)
{
    *s = (struct stall){.period_start = now_ns, .last = now_ns, .threads = 1};
}

/* times: the product of two numbers in [0, ONE], rounded to nearest. */
static uint64_t times(uint64_t a, uint64_t b)
{
    return (uint64_t)(((unsigned __int128)a * b + ONE / 2) >> 32);
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
    uint64_t result = ONE;

    for (; exponent > 0 && result > 0; exponent >>= 1) {
        if (exponent & 1) {
            result = times(result, base);
        }
        base = times(base, base);
    }
    return result;
}

/* fold: n periods in a row had this share. */
static void fold(struct stall_line *line, uint64_t share, uint64_t n)
{
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        uint64_t old = power(remains[span], n);
        line->average[span] = times(line->average[span], old) + times(share, ONE - old);
    }
}

static void count(struct stall_line *line, bool stalled, uint64_t ns)
{
    if (stalled) {
        line->total_ns += ns;
        line->period_ns += ns;
    }
}

static void end_period(struct stall_line *line)
{
    fold(line, (uint64_t)((unsigned __int128)line->period_ns * ONE / STALL_PERIOD_NS), 1);
    line->period_ns = 0;
}

static void whole_periods(struct stall_line *line, bool stalled, uint64_t n)
{
    line->total_ns += stalled ? n * STALL_PERIOD_NS : 0;
    fold(line, stalled ? ONE : 0, n);
}

void stall_update(struct stall *s, uint64_t now_ns)
{
    bool some = s->waiting > 0;
    bool full = some && s->waiting >= s->threads;

    if (now_ns <= s->last) {
        return;
    }
    if (now_ns - s->period_start >= STALL_PERIOD_NS) {
        uint64_t rest = s->period_start + STALL_PERIOD_NS - s->last;
        count(&s->some, some, rest);
        count(&s->full, full, rest);
        end_period(&s->some);
        end_period(&s->full);

        s->period_start += STALL_PERIOD_NS;
        uint64_t n = (now_ns - s->period_start) / STALL_PERIOD_NS;
        if (n > 0) {
            whole_periods(&s->some, some, n);
            whole_periods(&s->full, full, n);
            s->period_start += n * STALL_PERIOD_NS;
        }
        s->last = s->period_start;
    }
    count(&s->some, some, now_ns - s->last);
    count(&s->full, full, now_ns - s->last);
    s->last = now_ns;
}

void stall_begin(struct stall *s, uint64_t now_ns)
{
    stall_update(s, now_ns);
    s->waiting++;
}

void stall_end(struct stall *s, uint64_t now_ns)
{
    stall_update(s, now_ns);
    if (s->waiting > 0) {
        s->waiting--;
    }
}

void stall_spent(struct stall *s, uint64_t from_ns, uint64_t to_ns)
{
    /* The usual case, at once: nobody else waits, and all of it lies in this period and behind what was counted. */
    if (s->waiting == 0 && from_ns >= s->last && to_ns >= from_ns && to_ns - s->period_start < STALL_PERIOD_NS) {
        count(&s->some, true, to_ns - from_ns);
        count(&s->full, s->threads <= 1, to_ns - from_ns);
        s->last = to_ns;
        return;
    }
    stall_begin(s, from_ns);
    stall_end(s, to_ns);
}

void stall_threads(struct stall *s, uint32_t threads, uint64_t now_ns)
{
    stall_update(s, now_ns);
    s->threads = threads;
}

uint32_t stall_share(const struct stall_line *line, enum stall_span span)
{
    return (uint32_t)(line->average[span] >> 16);
}
