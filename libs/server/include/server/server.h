/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of a server: receive, dispatch, reply, with one system call per request.
 *
 * One thread, one endpoint. The server's notification, if any, is bound to the thread, so signals arrive on the endpoint too. What a
 * message is, its badge tells (pagoda/layout.h): BADGE_SIGNAL goes to `signal`, BADGE_FAULT to `fault`, everything else to `request`.
 *
 * Answering later: a handler takes the caller's reply object with server_defer() and returns SERVER_DEFERRED; the answer goes out with
 * the generated SERVER_OPERATION_send_reply(). The loop goes on with one of the spare reply objects that server_add_reply() was given.
 *
 * A handler may itself call other servers: its arguments have been copied out of the IPC buffer before, its reply is written after.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>

#include "sel4/sel4.h"

#define SERVER_DEFERRED (~(uint64_t)0)

struct server;

struct server_call {
    struct server *server;
    uint64_t badge;       /* of the capability that the message came through */
    uint64_t operation;   /* label of the message; of a fault message, the kind of fault */
    unsigned length;      /* words of the message */
    unsigned n_caps;      /* capabilities that came along, into the server's receive slot: none if it has set up no slot */
    uint64_t *words;      /* the message; the answer is written to the same place */

    uint64_t reply_label; /* answer: 0 or an error */
    unsigned reply_length;
    seL4_CPtr reply_cap;  /* slot of a capability to send along; 0: none */
    bool deferred;        /* no answer now */
};

struct server {
    seL4_CPtr endpoint;
    seL4_CPtr reply;                         /* reply object that the next request will use, or that the current one uses */
    seL4_CPtr *spare;                        /* reply objects without a caller; room for spare_max, the server's own */
    unsigned n_spare, spare_max;
    void (*request)(struct server_call *call);               /* normally the generated SERVER_dispatch */
    void (*signal)(struct server *server, uint64_t events);  /* NULL: signals are ignored. events: BADGE_ID of the signal */
    void (*fault)(struct server_call *call);                 /* NULL: a fault message gets no answer: its thread stays stopped */
    void *context;                                           /* the server's own */
};

/* server_add_reply: give the server a reply object. The first is the loop's; each further one allows one more deferred request. false: no
 * room. */
bool server_add_reply(struct server *server, seL4_CPtr reply_object);

/*
 * server_defer: keep the current caller waiting. Returns the reply object through which it has to be answered, 0 when no spare one is
 * left (the handler then answers PAGODA_ERR_TOO_MANY or does without). Once per request, only inside a handler, which then returns
 * SERVER_DEFERRED.
 */
seL4_CPtr server_defer(struct server *server);

/* server_message: where to write the words of a deferred answer. */
uint64_t *server_message(struct server *server);

/* server_reply: answer a deferred request (words as written to server_message) and take its reply object back. */
void server_reply(struct server *server, seL4_CPtr reply_object, uint64_t label, unsigned length, seL4_CPtr cap);

/* server_drop: take back the reply object of a deferred request whose caller no longer exists. Nothing is sent. */
void server_drop(struct server *server, seL4_CPtr reply_object);

/* server_loop: serve for ever. Needs endpoint, request and at least one reply object. */
void server_loop(struct server *server) __attribute__((noreturn));

#endif
