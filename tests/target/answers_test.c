/* SPDX-License-Identifier: BSD-2-Clause */
/* Which method answered what, over all tests: run_tests.py compares that with what libs/abi/objects.toml declares. */
#include "harness.h"

#undef invoke

enum { SEL4_LABELS = 64, PAGODA_LABELS = 4096 }; /* Pagoda's are kept behind seL4's */
static unsigned short answers[2 * SEL4_LABELS];  /* bit n: error n was answered */

static void record(unsigned long label, unsigned long error)
{
    unsigned long at = label < SEL4_LABELS ? label : label - PAGODA_LABELS + SEL4_LABELS;
    if (at < sizeof answers / sizeof *answers && error < seL4_NumErrors)
        answers[at] |= (unsigned short)(1u << error);
}

TEST(answers_of_all_tests, "runs last: one line for each method with the errors that it has answered, 0 for success")
{
    for (unsigned at = 0; at < sizeof answers / sizeof *answers; at++) {
        if (answers[at] == 0)
            continue;
        console_print("# method %u answered", at < SEL4_LABELS ? at : at - SEL4_LABELS + PAGODA_LABELS);
        for (unsigned error = 0; error < seL4_NumErrors; error++)
            if (answers[at] >> error & 1)
                console_print(" %u", error);
        console_print("\n");
    }
}

seL4_MessageInfo_t recorded_Call(seL4_CPtr cap, seL4_MessageInfo_t info)
{
    seL4_MessageInfo_t answer = seL4_Call(cap, info);
    record(seL4_MessageInfo_get_label(info), seL4_MessageInfo_get_label(answer));
    return answer;
}

seL4_MessageInfo_t recorded_CallWithMRs(seL4_CPtr cap, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_MessageInfo_t answer = seL4_CallWithMRs(cap, info, mr0, mr1, mr2, mr3);
    record(seL4_MessageInfo_get_label(info), seL4_MessageInfo_get_label(answer));
    return answer;
}

struct answer recorded_invoke(seL4_CPtr cap, unsigned long label, unsigned n_words, const unsigned long *words, unsigned n_caps, const seL4_CPtr *caps)
{
    struct answer answer = invoke(cap, label, n_words, words, n_caps, caps);
    record(label, answer.label);
    return answer;
}
