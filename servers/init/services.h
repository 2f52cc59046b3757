/* SPDX-License-Identifier: BSD-2-Clause */
/* The services: console and process started as clients of the pager, the table of what runs, the init protocol. */
#ifndef INIT_SERVICES_H
#define INIT_SERVICES_H

#include "machine.h"
#include "memory.h"
#include <loader/archive.h>

#include "server/server.h"

enum service { SERVICE_PAGER, SERVICE_BLOCK, SERVICE_CONSOLE, SERVICE_PROCESS, SERVICES };

/* Endpoints and notifications, made before anything runs. */
struct connections {
    seL4_CPtr endpoints[SERVICES];     /* all rights, no badge */
    seL4_CPtr init_endpoint;
    seL4_CPtr console_notification;
    seL4_CPtr process_notification;
    seL4_CPtr init_notification;       /* bound to init's thread */
    seL4_CPtr pager_notification;
    seL4_CPtr clock_notification;      /* servers ask for a tick here */
    seL4_CPtr idle_notification;       /* the pager asks for idle time here */
    seL4_CPtr block_notification;
    seL4_CPtr pager;                   /* init's manager caps */
    seL4_CPtr block;
    seL4_CPtr console;
    seL4_CPtr process;
};

struct services_inputs {
    const seL4_BootInfo *bootinfo;
    const struct connections *connections;
    const struct machine *machine;
    const struct archive *archive;
    struct block *kept;             /* memory that init keeps */
    seL4_CPtr cnodes[SERVICES];     /* untypeds of the size of their CNodes; none for pager and block server */
    unsigned process_cnode_bits;
    seL4_CPtr uart;                 /* device page */
    seL4_CPtr kinfo; /* frame of the kernel information page */
    seL4_CPtr pager_sched_context;
    seL4_CPtr block_sched_context;
    seL4_CPtr pager_block_gone;     /* signals the pager, badged SIGNAL_BLOCK_GONE */
    seL4_CPtr spare_slot;           /* an empty slot */
    seL4_CPtr reply;                /* reply object for services_serve */
};

/* services_init: before anything else here; keeps `inputs`. */
void services_init(const struct services_inputs *inputs);

/* services_start: pager and block server run already. Starts console, then process. Fatal when one cannot be started. */
void services_start(void);

/* services_say: a line for people: through the console once it runs, else straight to the UART. */
void services_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* services_shell: ask the process server for the shell, with the lines of command= as its argument if there are any. */
void services_shell(const struct machine *machine);

/* services_serve: answer the init protocol and watch the services; never returns. */
void services_serve(void);

#endif
