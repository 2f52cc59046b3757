/* SPDX-License-Identifier: BSD-2-Clause */
#include "commit.h"

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

uint64_t commit_limit(const struct commit *c)
{
    return minus(c->ram + c->swap, c->reserve);
}

enum commit_answer commit_ask(const struct commit *c, uint64_t pages)
{
    if (c->mode == COMMIT_OVERCOMMIT) {
        return COMMIT_OK;
    }
    if (pages > commit_limit(c)) {
        return COMMIT_NEVER;
    }
    if (pages > minus(commit_limit(c), c->promised)) {
        return COMMIT_EXCEEDED;
    }
    return COMMIT_OK;
}

enum commit_answer commit_charge(struct commit *c, uint64_t pages)
{
    enum commit_answer answer = commit_ask(c, pages);

    if (answer == COMMIT_OK) {
        c->promised += pages;
    }
    return answer;
}

void commit_release(struct commit *c, uint64_t pages)
{
    c->promised = minus(c->promised, pages);
}

bool commit_set(struct commit *c, enum commit_mode mode, uint64_t ram, uint64_t swap, uint64_t reserve)
{
    struct commit next = {.mode = mode, .ram = ram, .swap = swap, .reserve = reserve, .promised = c->promised};

    if (mode == COMMIT_STRICT && next.promised > commit_limit(&next)) {
        return false;
    }
    *c = next;
    return true;
}
