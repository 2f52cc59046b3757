/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling contexts, budgets, yielding, timeouts, domains. Times are loose: an emulator's clock is not a board's. */
#include "test.h"

#define MIN_BUDGET_US 20

static struct answer configure(seL4_CPtr sc, unsigned long budget, unsigned long period, unsigned long refills)
{
    return invoke(sched_control(), SchedControlConfigureFlags, WORDS(budget, period, refills, 0, 0), CAPS(sc));
}

/* The largest period is what the kernel itself reports; it follows from the timer's frequency. */
static unsigned long max_period(void)
{
    struct answer got = configure(sched_context_new(), 0, 0, 0);
    EXPECT_EQ(got.label, seL4_RangeError);
    return got.words[1];
}

TEST(sched_configure_budget_or_period_0_is_range_error, "20 us to the longest period")
{
    unsigned long max = max_period();
    seL4_CPtr sc = sched_context_new();
    EXPECT(max > 1000000);
    EXPECT_RANGE_ERROR(configure(sc, 0, 1000, 0), MIN_BUDGET_US, max);
    EXPECT_RANGE_ERROR(configure(sc, 1000, 0, 0), MIN_BUDGET_US, max);
    EXPECT_RANGE_ERROR(configure(sc, 1, 1000, 0), MIN_BUDGET_US, max);
    EXPECT_RANGE_ERROR(configure(sc, 1000, max + 1, 0), MIN_BUDGET_US, max);
}

TEST(sched_configure_20_us_is_accepted, "twice the kernel's worst case is the smallest budget")
{
    EXPECT_SUCCESS(configure(sched_context_new(), 20, 20, 0));
    EXPECT_SUCCESS(configure(sched_context_new(), 20, 1000, 0));
}

TEST(sched_configure_budget_above_period_is_range_error, "up to the period")
{
    EXPECT_RANGE_ERROR(configure(sched_context_new(), 1001, 1000, 0), MIN_BUDGET_US, 1000);
}

TEST(sched_configure_not_a_context_is_invalid_capability_1, "after the ranges were checked")
{
    EXPECT_INVALID_CAPABILITY(configure(endpoint_new(), 1000, 1000, 0), 1);
}

TEST(sched_configure_too_many_refills_is_range_error, "an object of 2^8 bytes holds 8 extra refills, one of 2^7 none")
{
    EXPECT_RANGE_ERROR(configure(sched_context_new(), 1000, 2000, 9), 0, 8);
    EXPECT_SUCCESS(configure(sched_context_new(), 1000, 2000, 8));
    EXPECT_RANGE_ERROR(configure(object_new(seL4_SchedContextObject, 7), 1000, 2000, 1), 0, 0);
}

TEST(sched_configure_short_message_is_truncated_message, "five words and a capability")
{
    EXPECT_ERROR(invoke(sched_control(), SchedControlConfigureFlags, WORDS(1000, 1000, 0, 0), CAPS(sched_context_new())), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(sched_control(), SchedControlConfigureFlags, WORDS(1000, 1000, 0, 0, 0), NO_CAPS), seL4_TruncatedMessage);
}

static struct answer on_context(seL4_CPtr sc, unsigned long label, seL4_CPtr cap)
{
    return invoke(sc, label, NO_WORDS, CAPS(cap));
}

TEST(sched_context_bind_second_of_a_kind_is_illegal_operation, "one TCB and one notification at once")
{
    seL4_CPtr sc = sched_context_new(), tcb = object_new(seL4_TCBObject, 0), ntfn = notification_new();
    EXPECT_SUCCESS(on_context(sc, SchedContextBind, tcb));
    EXPECT_SUCCESS(on_context(sc, SchedContextBind, ntfn));
    EXPECT_ERROR(on_context(sc, SchedContextBind, object_new(seL4_TCBObject, 0)), seL4_IllegalOperation);
    EXPECT_ERROR(on_context(sc, SchedContextBind, notification_new()), seL4_IllegalOperation);
    EXPECT_ERROR(on_context(sched_context_new(), SchedContextBind, tcb), seL4_IllegalOperation);
    EXPECT_ERROR(on_context(sched_context_new(), SchedContextBind, ntfn), seL4_IllegalOperation);
}

TEST(sched_context_bind_endpoint_is_invalid_capability_1, "and so is unbinding one")
{
    seL4_CPtr sc = sched_context_new();
    EXPECT_INVALID_CAPABILITY(on_context(sc, SchedContextBind, endpoint_new()), 1);
    EXPECT_INVALID_CAPABILITY(on_context(sc, SchedContextUnbindObject, endpoint_new()), 1);
}

TEST(sched_context_unbind_object_not_bound_is_illegal_operation, "a TCB and a notification that it does not have")
{
    seL4_CPtr sc = sched_context_new();
    EXPECT_ERROR(on_context(sc, SchedContextUnbindObject, object_new(seL4_TCBObject, 0)), seL4_IllegalOperation);
    EXPECT_ERROR(on_context(sc, SchedContextUnbindObject, notification_new()), seL4_IllegalOperation);
}

TEST(sched_context_unbind_from_oneself_is_illegal_operation, "a thread cannot take its own context away")
{
    EXPECT_ERROR(invoke(OWN_SC, SchedContextUnbind, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
    EXPECT_ERROR(on_context(OWN_SC, SchedContextUnbindObject, OWN_TCB), seL4_IllegalOperation);
}

static volatile unsigned long counts[4];

static unsigned long count_in(unsigned long i)
{
    for (;;)
        counts[i]++;
    return 0;
}

static unsigned long spin(unsigned long rounds)
{
    while (rounds-- > 0)
        asm volatile("nop");
    return 1;
}

TEST(sched_context_consumed_grows_with_work_and_resets_when_read, "microseconds since it was read last")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    thread_start(t, spin, 2000000);
    thread_join(t);
    seL4_SchedContext_Consumed_t first = seL4_SchedContext_Consumed(t->sc), second = seL4_SchedContext_Consumed(t->sc);
    EXPECT_OK(first.error);
    EXPECT(first.consumed > 0);
    EXPECT_EQ(second.consumed, 0);
}

TEST(sched_yield_to_refused_cases_are_illegal_operation, "own context, unbound context, thread above the caller's MCP")
{
    EXPECT_ERROR(invoke(OWN_SC, SchedContextYieldTo, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(sched_context_new(), SchedContextYieldTo, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
    struct thread *t = thread_new(PRIORITY_HIGH), *authority = thread_new(255);
    EXPECT_OK(seL4_TCB_SetMCPriority(OWN_TCB, OWN_TCB, PRIORITY_HIGH - 1));
    struct answer got = invoke(t->sc, SchedContextYieldTo, NO_WORDS, NO_CAPS);
    EXPECT_OK(seL4_TCB_SetMCPriority(OWN_TCB, authority->tcb, 255));
    EXPECT_ERROR(got, seL4_IllegalOperation);
}

TEST(sched_yield_to_a_thread_not_started_returns_0, "success, nothing consumed")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    struct answer got = invoke(t->sc, SchedContextYieldTo, NO_WORDS, NO_CAPS);
    EXPECT_SUCCESS(got);
    EXPECT_EQ(got.length, 1);
    EXPECT_EQ(got.words[0], 0);
}

TEST(sched_yield_to_runs_the_target_at_once, "a thread of the same priority that waits to run")
{
    struct thread *t = thread_new(PRIORITY_MAIN);
    thread_start(t, spin, 10);
    EXPECT_SUCCESS(invoke(t->sc, SchedContextYieldTo, NO_WORDS, NO_CAPS));
    EXPECT(t->finished);
}

TEST(sched_yield_lets_an_equal_thread_run, "it goes to the tail of its priority")
{
    struct thread *t = thread_new(PRIORITY_MAIN);
    thread_start(t, spin, 10);
    EXPECT(!t->finished);
    seL4_Yield();
    EXPECT(t->finished);
}

TEST(sched_equal_threads_share_the_processor, "three busy threads of one priority are preempted in turns")
{
    for (unsigned i = 0; i < 3; i++) {
        counts[i] = 0;
        struct thread *t = thread_new(PRIORITY_LOW);
        EXPECT_SUCCESS(configure(t->sc, 1000, 1000, 0));
        thread_start(t, count_in, i);
    }
    struct thread *last = thread_new(PRIORITY_LOW);
    EXPECT_SUCCESS(configure(last->sc, 1000, 1000, 0));
    thread_start(last, spin, 20000000);
    thread_join(last);
    for (unsigned i = 0; i < 3; i++)
        EXPECT(counts[i] > 1000);
}

TEST(sched_lower_thread_never_runs_while_a_higher_one_is_busy, "not even when the higher one's budget is used up and renewed")
{
    struct thread *low = thread_new(PRIORITY_LOW - 1), *high = thread_new(PRIORITY_LOW);
    counts[0] = 0;
    thread_start(low, count_in, 0);
    EXPECT_SUCCESS(configure(high->sc, 1000, 1000, 0));
    thread_start(high, spin, 20000000);
    thread_join(high);
    EXPECT_EQ(counts[0], 0);
}

static unsigned long count_periods(unsigned long i)
{
    for (;;) {
        counts[i]++;
        seL4_Yield();
    }
    return 0;
}

TEST(sched_periodic_thread_runs_once_per_period, "a period of half the length runs twice as often")
{
    struct thread *a = thread_new(PRIORITY_HIGH), *b = thread_new(PRIORITY_HIGH), *busy = thread_new(PRIORITY_LOW);
    EXPECT_SUCCESS(configure(a->sc, 100, 4000, 0));
    EXPECT_SUCCESS(configure(b->sc, 100, 8000, 0));
    counts[0] = counts[1] = 0;
    thread_start(a, count_periods, 0);
    thread_start(b, count_periods, 1);
    thread_start(busy, spin, 80000000);
    thread_join(busy);
    EXPECT(counts[0] > 0 && counts[1] > 0);
    if (time_is_exact()) {
        EXPECT(counts[1] >= 4);
        EXPECT(counts[0] >= counts[1] * 3 / 2 && counts[0] <= counts[1] * 5 / 2 + 1);
    }
}

TEST(sched_budget_limits_a_busy_thread, "a quarter of the time at most, the rest goes to a lower one")
{
    struct thread *high = thread_new(PRIORITY_HIGH), *low = thread_new(PRIORITY_LOW);
    counts[0] = counts[1] = 0;
    EXPECT_SUCCESS(configure(high->sc, 2000, 8000, 0));
    thread_prepare(high, count_in, 0);
    thread_prepare(low, count_in, 1);
    EXPECT_OK(seL4_TCB_Resume(low->tcb));
    EXPECT_OK(seL4_TCB_Resume(high->tcb));
    struct thread *timer = thread_new(PRIORITY_LOW);
    thread_start(timer, spin, 40000000);
    thread_join(timer);
    EXPECT(counts[0] > 0 && counts[1] > 0);
    if (time_is_exact())
        EXPECT(counts[0] < counts[1]);
}

TEST(sched_timeout_fault_tells_data_and_consumed, "label 5, two words, the data word given to Configure; a reply lets it go on")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    EXPECT_SUCCESS(invoke(sched_control(), SchedControlConfigureFlags, WORDS(1000, 4000, 0, 0xabcd, 0), CAPS(t->sc)));
    EXPECT_OK(seL4_TCB_SetTimeoutEndpoint(t->tcb, mint_new(ep, RIGHT_ALL, 5)));
    counts[0] = 0;
    thread_start(t, count_in, 0);
    for (unsigned i = 0; i < 3; i++) {
        seL4_Word badge = 0;
        seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply);
        EXPECT_EQ(badge, 5);
        EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_Timeout);
        EXPECT_EQ(seL4_MessageInfo_get_length(info), 2);
        EXPECT_EQ(seL4_GetMR(seL4_Timeout_Data), 0xabcd);
        EXPECT(seL4_GetMR(seL4_Timeout_Consumed) >= 500);
        seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    }
    EXPECT(counts[0] > 0);
}

TEST(sched_round_robin_thread_never_times_out, "budget equal to the period")
{
    seL4_CPtr ep = endpoint_new();
    struct thread *t = thread_new(PRIORITY_LOW), *timer = thread_new(PRIORITY_LOW);
    EXPECT_SUCCESS(configure(t->sc, 1000, 1000, 0));
    EXPECT_OK(seL4_TCB_SetTimeoutEndpoint(t->tcb, mint_new(ep, RIGHT_ALL, 1)));
    thread_start(t, count_in, 0);
    thread_start(timer, spin, 10000000);
    thread_join(timer);
    seL4_Word badge = 99;
    seL4_NBRecv(ep, &badge, reply_new());
    EXPECT_EQ(badge, 0);
}

TEST(sched_delete_of_a_bound_context_stops_its_thread, "the counter stands still; a new context lets it go on")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    counts[0] = 0;
    thread_start(t, count_in, 0);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, t->sc, DEPTH));
    let_others_run();
    EXPECT_EQ(counts[0], 0);
}

TEST(sched_unbind_stops_a_ready_thread, "until a context is bound again")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    thread_start(t, spin, 10);
    EXPECT_OK(seL4_SchedContext_Unbind(t->sc));
    let_others_run();
    EXPECT(!t->finished);
    EXPECT_OK(seL4_SchedContext_Bind(t->sc, t->tcb));
    EXPECT_EQ(thread_join(t), 1);
}

TEST(sched_unconfigured_context_does_not_run_a_thread, "configured later, it runs")
{
    struct thread *t = thread_new_passive(PRIORITY_HIGH);
    seL4_CPtr sc = sched_context_new();
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    thread_start(t, spin, 10);
    EXPECT(!t->finished);
    EXPECT_SUCCESS(configure(sc, 5000, 5000, 0));
    EXPECT_EQ(thread_join(t), 1);
}

TEST(sched_suspend_and_resume_do_not_renew_a_budget, "a thread that used its budget waits for its period")
{
    struct thread *t = thread_new(PRIORITY_HIGH);
    EXPECT_SUCCESS(configure(t->sc, 1000, 20000000, 0));
    counts[0] = 0;
    thread_start(t, count_in, 0); /* runs until the budget is used up */
    unsigned long used = counts[0];
    EXPECT(used > 0);
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_OK(seL4_TCB_Suspend(t->tcb));
        EXPECT_OK(seL4_TCB_Resume(t->tcb));
    }
    EXPECT_EQ(counts[0], used);
}

TEST(domain_set_to_0_succeeds_and_1_is_invalid_argument_0, "one domain; a capability that is no TCB is InvalidArgument 1")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_SUCCESS(invoke(DOMAIN_CAP, DomainSetSet, WORDS(0), CAPS(tcb)));
    EXPECT_INVALID_ARGUMENT(invoke(DOMAIN_CAP, DomainSetSet, WORDS(1), CAPS(tcb)), 0);
    EXPECT_INVALID_ARGUMENT(invoke(DOMAIN_CAP, DomainSetSet, WORDS(0), CAPS(endpoint_new())), 1);
    EXPECT_ERROR(invoke(tcb, DomainSetSet, WORDS(0), CAPS(tcb)), seL4_IllegalOperation);
}

TEST(domain_schedule_indices_out_of_range_are_range_errors, "entries 0..0 can be configured, start 0..1")
{
    EXPECT_RANGE_ERROR(invoke(DOMAIN_CAP, DomainSetScheduleConfigure, WORDS(1, 0, 10), NO_CAPS), 0, 0);
    EXPECT_RANGE_ERROR(invoke(DOMAIN_CAP, DomainSetScheduleConfigure, WORDS(0, 1, 10), NO_CAPS), 0, 0);
    EXPECT_INVALID_ARGUMENT(invoke(DOMAIN_CAP, DomainSetScheduleConfigure, WORDS(0, 0, 1ul << 56), NO_CAPS), 2);
    EXPECT_RANGE_ERROR(invoke(DOMAIN_CAP, DomainSetScheduleSetStart, WORDS(2), NO_CAPS), 0, 1);
    EXPECT_INVALID_ARGUMENT(invoke(DOMAIN_CAP, DomainSetScheduleSetStart, WORDS(1), NO_CAPS), 0);
}
