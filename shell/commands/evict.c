/* SPDX-License-Identifier: BSD-2-Clause */
/* When pages leave memory, and which; what each program may keep. */
#include "command.h"
#include "text.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const struct command command_evict;

static const char *const policies[PAGER_EVICT_POLICIES] = {"generations", "clock", "2q"};
static const char *const times[] = {"off", "on", "always", "disk"};
#define TIMES (sizeof(times) / sizeof(times[0]))

static int failed(int error)
{
    return shell_complain("evict", "%s", pagoda_error_text((uint64_t)error));
}

static int find(const char *word, const char *const *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

static int show(void)
{
    struct pager_store_info_reply info;
    uint64_t when;
    int error = pager_store_info(LAYOUT_CAP_PAGER, &info);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_EVICT, &when);
    if (error != PAGODA_OK)
        return failed(error);
    printf("Eviction: %s, policy %s. Of %" PRIu64 " pages looked at %" PRIu64 " left memory.\n", when < TIMES ? times[when] : "?",
        info.policy < PAGER_EVICT_POLICIES ? policies[info.policy] : "?", info.scanned, info.evicted + info.zero);
    return STATUS_OK;
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc == 1)
        return show();
    if (argc == 3 && strcmp(argv[1], "policy") == 0) {
        int policy = find(argv[2], policies, PAGER_EVICT_POLICIES);
        int error = policy < 0 ? 0 : pager_evict_policy(LAYOUT_CAP_PAGER, (uint64_t)policy);
        return policy < 0 ? command_usage(&command_evict, "'%s' is not generations, clock or 2q", argv[2]) : error ? failed(error) : STATUS_OK;
    }
    int when = argc == 2 ? find(argv[1], times, TIMES) : -1;
    if (when < 0)
        return command_usage(&command_evict, "'%s' is not known", argv[1]);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_EVICT, (uint64_t)when);
    return error ? failed(error) : STATUS_OK;
}

const struct command command_evict = {
    .name = "evict",
    .usage = "[policy NAME | on | off | always | disk]",
    .summary = "which pages leave memory, and when",
    .help = "evict policy NAME  generations (the default), clock or 2q\n"
            "evict on           when memory is short (the default)\n"
            "evict off          never: what does not fit is refused\n"
            "evict always       all the time; 'disk': to the disk if there is one; for tests\n",
    .words = "policy generations|policy clock|policy 2q|on|off|always|disk",
    .max_args = 7,
    .group = GROUP_MEMORY,
    .run = run,
};
