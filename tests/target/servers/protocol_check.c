/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * protocol_check [SEED]: sends what no proper client sends (unknown operations, wrong lengths, nonsense words, long strings) to every
 * server that a program can reach. Each message must be answered, with an error where that is certain; afterwards the servers must
 * still work and the pager's state must be consistent. Exits with 0 only then. It is /bin/protocol_check of the archive.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generated/console_client.h"
#include "generated/pager_client.h"
#include "generated/process_client.h"
#include "pagoda/layout.h"
#include "pagoda/pressure.h"

#define ROUNDS 4000
#define MESSAGE_WORDS 120

static uint64_t seed = 20240229;
static unsigned long sent, answered_with_error, problems;

static uint64_t random_word(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 11 ^ seed << 43;
}

static struct {
    const char *name;
    seL4_CPtr cap;
    uint64_t operations;
    uint64_t spared; /* bit n: operation n would rightly end, copy or block this program when its message happens to be good */
} servers[] = {
    {"pager", LAYOUT_CAP_PAGER, PAGER_OPERATIONS, 0},
    {"process", LAYOUT_CAP_PROCESS, PROCESS_OPERATIONS,
        1 << PROCESS_OP_SPAWN | 1 << PROCESS_OP_FORK | 1 << PROCESS_OP_EXEC | 1 << PROCESS_OP_EXIT | 1 << PROCESS_OP_KILL},
    {"console", LAYOUT_CAP_CONSOLE, CONSOLE_OPERATIONS, 1 << CONSOLE_OP_READ | 1 << CONSOLE_OP_WRITE},
};
#define SERVERS (sizeof servers / sizeof *servers)

static uint64_t send(unsigned server, uint64_t operation, unsigned length, unsigned caps)
{
    seL4_MessageInfo_t info = seL4_Call(servers[server].cap, seL4_MessageInfo_new(operation, 0, caps, length));
    sent++;
    answered_with_error += seL4_MessageInfo_get_label(info) != 0;
    return seL4_MessageInfo_get_label(info);
}

static void expect(bool good, const char *server, uint64_t operation, unsigned length, const char *what)
{
    if (!good) {
        printf("protocol_check: %s, operation %lu, %u words: %s\n", server, (unsigned long)operation, length, what);
        problems++;
    }
}

static void fill(unsigned length)
{
    uint64_t *words = seL4_GetIPCBuffer()->msg;
    for (unsigned i = 0; i < length; i++) {
        uint64_t r = random_word();
        switch (r % 6) {
        case 0:
            words[i] = 0;
            break;
        case 1:
            words[i] = r >> 40 & 0xfff;
            break;
        case 2:
            words[i] = (r >> 20 & 0xffffff) << 12;
            break;
        case 3:
            words[i] = 0x0000700000000000 + (r & 0xfffff000);
            break;
        case 4:
            words[i] = ~0ul - (r >> 50);
            break;
        default:
            words[i] = r;
        }
    }
}

static void unknown_operations(void)
{
    for (unsigned s = 0; s < SERVERS; s++) {
        const uint64_t operations[] = {0, servers[s].operations + 1, 1000, 1ul << 32, (1ul << 52) - 1};
        for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++) {
            for (unsigned length = 0; length <= MESSAGE_WORDS; length += 40) {
                fill(length);
                uint64_t error = send(s, operations[i], length, 0);
                expect(error == PAGODA_ERR_UNKNOWN_OPERATION, servers[s].name, operations[i], length, "not answered with 'unknown operation'");
            }
        }
    }
}

/* No operation takes 120 words: the longest data are a word shorter. */
static void too_long_messages(void)
{
    for (unsigned s = 0; s < SERVERS; s++) {
        for (uint64_t operation = 1; operation <= servers[s].operations; operation++) {
            fill(MESSAGE_WORDS);
            uint64_t error = send(s, operation, MESSAGE_WORDS, 0);
            expect(error == PAGODA_ERR_MALFORMED || error == PAGODA_ERR_NOT_PERMITTED, servers[s].name, operation, MESSAGE_WORDS,
                "not refused as malformed");
        }
    }
}

/* What only a manager may ask stays closed to a program. */
static void manager_operations(void)
{
    uint64_t space, kept, used;
    expect(pager_space_create(LAYOUT_CAP_PAGER, 0, "mine", &space, &kept) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_SPACE_CREATE, 0, "allowed");
    expect(pager_space_destroy(LAYOUT_CAP_PAGER, 1, &used) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_SPACE_DESTROY, 0, "allowed");
    expect(pager_space_retire(LAYOUT_CAP_PAGER, 1, &used, &kept) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_SPACE_RETIRE, 0, "allowed");
    expect(pager_space_write(LAYOUT_CAP_PAGER, 1, 0x410000, "x", 1) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_SPACE_WRITE, 0, "allowed");
    expect(pager_region_unmap(LAYOUT_CAP_PAGER, 1, 0x410000, 4096) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_REGION_UNMAP, 0,
        "allowed for another space");
    struct pager_load_plan_reply plan;
    expect(pager_load_plan(LAYOUT_CAP_PAGER, 1, &plan) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_LOAD_PLAN, 0, "allowed");
    expect(pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_LOAD_CONTROL, 0) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_SETTING_SET, 0, "allowed");
    uint64_t moved, more;
    expect(pager_compact(LAYOUT_CAP_PAGER, PAGER_COMPACT_PASS, 1, &moved, &more) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_COMPACT, 0, "allowed");
    expect(pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_COMPACT, 0) == PAGODA_ERR_NOT_PERMITTED, "pager", PAGER_OP_SETTING_SET, 0, "allowed");
    expect(console_set_owner(LAYOUT_CAP_CONSOLE, 1) == PAGODA_ERR_NOT_PERMITTED, "console", CONSOLE_OP_SET_OWNER, 0, "allowed");
    expect(console_forget(LAYOUT_CAP_CONSOLE, 1) == PAGODA_ERR_NOT_PERMITTED, "console", CONSOLE_OP_FORGET, 0, "allowed");
    uint64_t pid;
    expect(process_spawn(LAYOUT_CAP_PROCESS, PROCESS_SPAWN_BACKGROUND | PROCESS_SPAWN_SHARE, 1 << 10, 1, 0, "bin/true", "true", 5, &pid) == PAGODA_ERR_NOT_PERMITTED,
        "process", PROCESS_OP_SPAWN, 0, "a program gives another one a minimum");
    expect(process_kill(LAYOUT_CAP_PROCESS, 1, 9) == PAGODA_ERR_NOT_PERMITTED, "process", PROCESS_OP_KILL, 0, "the shell can be ended");
    expect(process_kill(LAYOUT_CAP_PROCESS, 3, 9) == PAGODA_ERR_NOT_PERMITTED, "process", PROCESS_OP_KILL, 0, "the pager can be ended");
}

/* The pager's own endpoint, sent to the pager, arrives as a badge and leaves its receiving slot empty. */
static void capability_that_does_not_arrive(void)
{
    const unsigned levels[] = {1, 3};
    for (unsigned i = 0; i < sizeof levels / sizeof *levels; i++) {
        expect(pager_pressure_subscribe(LAYOUT_CAP_PAGER, levels[i], LAYOUT_CAP_PAGER) == PAGODA_ERR_INVALID_ARGUMENT, "pager",
            PAGER_OP_PRESSURE_SUBSCRIBE, 1, "its own endpoint was taken for a notification");
        sent++;
    }
    seL4_GetIPCBuffer()->msg[0] = 1;
    expect(send(0, PAGER_OP_PRESSURE_SUBSCRIBE, 1, 0) != 0, "pager", PAGER_OP_PRESSURE_SUBSCRIBE, 1, "nothing at all was taken for a notification");
    expect(pagoda_pressure_subscribe(PAGODA_PRESSURE_LOW) == 0, "pager", PAGER_OP_PRESSURE_SUBSCRIBE, 1,
        "refused afterwards, with a notification");
    expect(pagoda_pressure_unsubscribe() == 0, "pager", PAGER_OP_PRESSURE_UNSUBSCRIBE, 0, "no longer works");
    sent += 2;
}

/* The regions that this program runs in must survive its own nonsense: an unmap of them would be its good right. */
static bool would_harm(unsigned server, uint64_t operation)
{
    return server == 0
        && (operation == PAGER_OP_REGION_UNMAP || operation == PAGER_OP_REGION_PROTECT || operation == PAGER_OP_REGION_ADVISE
            || operation == PAGER_OP_REGION_MAP || operation == PAGER_OP_REGION_MAP_FILE);
}

/* Numbers of requests with arguments of every kind, and capabilities that nobody asked for. */
static void random_messages(void)
{
    uint64_t *words = seL4_GetIPCBuffer()->msg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned s = (unsigned)(random_word() % SERVERS);
        uint64_t operation = 1 + random_word() % servers[s].operations;
        unsigned length = (unsigned)(random_word() % (round % 4 == 0 ? MESSAGE_WORDS + 1 : 8));
        unsigned caps = round % 8 == 0;
        if (servers[s].spared >> operation & 1) {
            continue;
        }
        fill(length);
        if (would_harm(s, operation)) {
            words[1] |= 1ul << 63; /* not an address of ours */
        }
        if (caps) {
            seL4_SetCap(0, LAYOUT_CAP_CONSOLE);
        }
        if (s == 1 && operation == PROCESS_OP_WAIT && length == 2) {
            words[1] = 1;
        }
        send(s, operation, length, caps);
    }
}

static void servers_still_work(void)
{
    struct pager_memory_info_reply memory;
    uint64_t pid, parent, problems_found, frames, pages;
    expect(process_self(LAYOUT_CAP_PROCESS, &pid, &parent) == 0 && pid != 0, "process", PROCESS_OP_SELF, 0, "no longer works");
    expect(console_flush(LAYOUT_CAP_CONSOLE) == 0, "console", CONSOLE_OP_FLUSH, 0, "no longer works");
    expect(pager_memory_info(LAYOUT_CAP_PAGER, &memory) == 0 && memory.total != 0, "pager", PAGER_OP_MEMORY_INFO, 0, "no longer works");
    int error = pager_check(LAYOUT_CAP_PAGER, &problems_found, &frames, &pages);
    expect(error == 0 && problems_found == 0, "pager", PAGER_OP_CHECK, 0, "its state is not consistent");
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        seed = strtoul(argv[1], NULL, 0);
    }
    unknown_operations();
    too_long_messages();
    manager_operations();
    capability_that_does_not_arrive();
    random_messages();
    console_set_mode(LAYOUT_CAP_CONSOLE, CONSOLE_MODE_COOKED);
    servers_still_work();
    printf("protocol_check: %lu messages, %lu answered with an error, %lu problems\n", sent, answered_with_error, problems);
    return problems == 0 ? 0 : 1;
}
