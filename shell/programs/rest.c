/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits without using the processor, for what is done while nothing runs. (The C library's sleep yields until the time is over.) */
#include "program.h"

#include "generated/console_client.h"
#include "generated/errors.h"
#include "pagoda/layout.h"

#define MOST_SECONDS 3600

int main(int argc, char **argv)
{
    struct console_read_within_reply reply;
    if (argc != 2)
        program_usage("rest", argc < 2 ? "the number of seconds is missing" : "one number of seconds is enough");
    uint64_t ms = program_number("rest", argv[1], 1, MOST_SECONDS) * 1000, end = program_ns() + ms * 1000000;
    while (program_ns() < end) { /* what is typed meanwhile is lost */
        int error = console_read_within(LAYOUT_CAP_CONSOLE, 1, ms, &reply);
        if (error != PAGODA_OK && error != PAGODA_ERR_WOULD_BLOCK)
            return 1;
    }
    return 0;
}
