/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time. There is no clock that knows the date: every clock counts from boot. Sleeping gives the CPU to others, again and again, until the
 * time is over.
 */
#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "sel4/sel4.h"

#define NS_PER_S 1000000000ull

uint64_t process_cpu_us(void); /* process.c */

/* now_ns: since boot. Seconds and rest apart, so that nothing overflows. */
static uint64_t now_ns(void)
{
    uint64_t ticks = pagoda_ticks(), frequency = pagoda_tick_frequency();
    return ticks / frequency * NS_PER_S + ticks % frequency * NS_PER_S / frequency;
}

static struct timespec to_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    if (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC)
        *out = to_timespec(now_ns());
    else if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        *out = to_timespec(process_cpu_us() * 1000);
    else
        return set_errno(EINVAL);
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *out)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return set_errno(EINVAL);
    if (out)
        *out = to_timespec((NS_PER_S + pagoda_tick_frequency() - 1) / pagoda_tick_frequency());
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    (void)zone;
    uint64_t ns = now_ns();
    *out = (struct timeval){.tv_sec = (time_t)(ns / NS_PER_S), .tv_usec = (suseconds_t)(ns % NS_PER_S / 1000)};
    return 0;
}

clock_t clock(void)
{
    return (clock_t)(process_cpu_us() * CLOCKS_PER_SEC / 1000000);
}

clock_t times(struct tms *out)
{
    *out = (struct tms){.tms_utime = clock()};
    return (clock_t)(now_ns() / (NS_PER_S / CLOCKS_PER_SEC));
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 || (uint64_t)wanted->tv_nsec >= NS_PER_S)
        return set_errno(EINVAL);
    uint64_t end = now_ns() + (uint64_t)wanted->tv_sec * NS_PER_S + (uint64_t)wanted->tv_nsec;
    while (now_ns() < end)
        seL4_Yield();
    if (left)
        *left = (struct timespec){0};
    return 0;
}

int usleep(useconds_t us)
{
    struct timespec wanted = to_timespec((uint64_t)us * 1000);
    return nanosleep(&wanted, NULL);
}

unsigned sleep(unsigned seconds)
{
    struct timespec wanted = {.tv_sec = (time_t)seconds};
    nanosleep(&wanted, NULL);
    return 0;
}

int sched_yield(void);
int sched_yield(void)
{
    seL4_Yield();
    return 0;
}
