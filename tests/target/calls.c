/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel calls as the tests need them: every register under control, answers kept whole. */
#include "harness.h"

#undef invoke

void system_call(struct registers *r)
{
    register unsigned long x0 asm("x0") = r->x[0];
    register unsigned long x1 asm("x1") = r->x[1];
    register unsigned long x2 asm("x2") = r->x[2];
    register unsigned long x3 asm("x3") = r->x[3];
    register unsigned long x4 asm("x4") = r->x[4];
    register unsigned long x5 asm("x5") = r->x[5];
    register unsigned long x6 asm("x6") = r->x[6];
    register unsigned long x7 asm("x7") = r->x[7];
    register unsigned long x8 asm("x8") = r->x[8];
    asm volatile("svc #0"
                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7), "+r"(x8)
                 :
                 : "memory");
    r->x[0] = x0, r->x[1] = x1, r->x[2] = x2, r->x[3] = x3, r->x[4] = x4;
    r->x[5] = x5, r->x[6] = x6, r->x[7] = x7, r->x[8] = x8;
}

struct answer invoke(seL4_CPtr cap, unsigned long label, unsigned n_words, const unsigned long *words, unsigned n_caps, const seL4_CPtr *caps)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    struct registers r = {.x = {cap, label << 12 | (unsigned long)n_caps << 7 | n_words, 0, 0, 0, 0, 0, (unsigned long)seL4_SysCall, 0}};
    for (unsigned i = 0; i < n_words; i++) {
        if (i < 4)
            r.x[2 + i] = words[i];
        else
            buffer->msg[i] = words[i];
    }
    for (unsigned i = 0; i < n_caps; i++)
        buffer->caps_or_badges[i] = caps[i];
    system_call(&r);
    struct answer a = {.label = r.x[1] >> 12, .length = r.x[1] & 127, .badge = r.x[0]};
    for (unsigned i = 0; i < 8; i++)
        a.words[i] = i < 4 ? r.x[2 + i] : buffer->msg[i];
    return a;
}

void expect_answer(const char *file, int line, struct answer got, unsigned long label, unsigned length, unsigned n_words, const unsigned long *words)
{
    if (got.label != label)
        expect_failed(file, line, "the answer is error %lu (%lu, %lu), not %lu", got.label, got.words[0], got.words[1], label);
    if (length != (unsigned)-1 && got.length != length)
        expect_failed(file, line, "error %lu has %lu words, not %u", got.label, got.length, length);
    for (unsigned i = 0; i < n_words; i++)
        if (got.words[i] != words[i])
            expect_failed(file, line, "error %lu: word %u is %lu, not %lu", got.label, i, got.words[i], words[i]);
}
