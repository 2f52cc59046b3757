/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process server with two faults, for the tests of what the others do then: signal 13 makes it crash, and a shell that ended is not
 * to be started a second time. The linker puts these functions before the server's own (--wrap).
 */
#include "life.h"

#include <string.h>

#include "generated/process_server.h"

#define CRASH_SIGNAL 13

uint64_t __real_process_on_kill(struct server_call *call, const struct process_kill_args *args, struct process_kill_reply *reply);
uint64_t __wrap_process_on_kill(struct server_call *call, const struct process_kill_args *args, struct process_kill_reply *reply);
uint64_t __real_life_spawn(const struct life_start *start, struct process **out);
uint64_t __wrap_life_spawn(const struct life_start *start, struct process **out);

uint64_t __wrap_process_on_kill(struct server_call *call, const struct process_kill_args *args, struct process_kill_reply *reply)
{
    if (args->signal == CRASH_SIGNAL) {
        __builtin_trap();
    }
    return __real_process_on_kill(call, args, reply);
}

uint64_t __wrap_life_spawn(const struct life_start *start, struct process **out)
{
    static unsigned shells;
    if (start->observer && strcmp(start->path, "bin/shell") == 0 && shells++ > 0) {
        return PAGODA_ERR_NO_MEMORY;
    }
    return __real_life_spawn(start, out);
}
