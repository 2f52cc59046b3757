/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive-dispatch-reply loop of a server. */
#include "server/server.h"

#include "pagoda/layout.h"

bool server_add_reply(struct server *server, seL4_CPtr reply_object)
{
    if (!server->reply) {
        server->reply = reply_object;
        return true;
    }
    if (server->n_spare == server->spare_max)
        return false;
    server->spare[server->n_spare++] = reply_object;
    return true;
}

seL4_CPtr server_defer(struct server *server)
{
    if (server->n_spare == 0)
        return 0;
    seL4_CPtr kept = server->reply;
    server->reply = server->spare[--server->n_spare];
    return kept;
}

uint64_t *server_message(struct server *server)
{
    (void)server;
    return seL4_GetIPCBuffer()->msg;
}

static seL4_MessageInfo_t answer_info(uint64_t label, unsigned length, seL4_CPtr cap)
{
    if (cap)
        seL4_SetCap(0, cap);
    return seL4_MessageInfo_new(label, 0, cap != 0, length);
}

void server_drop(struct server *server, seL4_CPtr reply_object)
{
    /* There is room: every reply object came in through server_add_reply, and one more than the spares fits (the loop's). */
    if (server->n_spare < server->spare_max)
        server->spare[server->n_spare++] = reply_object;
}

void server_reply(struct server *server, seL4_CPtr reply_object, uint64_t label, unsigned length, seL4_CPtr cap)
{
    seL4_Send(reply_object, answer_info(label, length, cap));
    server_drop(server, reply_object);
}

/* serve: one message. Returns whether `call` holds an answer that has to go out through the reply object in hand. */
static bool serve(struct server *server, struct server_call *call)
{
    unsigned kind = BADGE_KIND(call->badge);
    if (kind == BADGE_SIGNAL) {
        if (server->signal)
            server->signal(server, BADGE_ID(call->badge));
        return false;
    }
    call->deferred = false;
    call->reply_label = 0;
    call->reply_length = 0;
    call->reply_cap = 0;
    if (kind != BADGE_FAULT)
        server->request(call);
    else if (server->fault)
        server->fault(call);
    else
        return false;
    return !call->deferred;
}

void server_loop(struct server *server)
{
    struct server_call call = {.server = server, .words = seL4_GetIPCBuffer()->msg};
    seL4_MessageInfo_t info = seL4_Recv(server->endpoint, &call.badge, server->reply);
    for (;;) {
        call.operation = seL4_MessageInfo_get_label(info);
        call.length = (unsigned)seL4_MessageInfo_get_length(info);
        call.n_caps = (unsigned)seL4_MessageInfo_get_extraCaps(info);
        if (serve(server, &call)) {
            info = answer_info(call.reply_label, call.reply_length, call.reply_cap);
            info = seL4_ReplyRecv(server->endpoint, info, &call.badge, server->reply);
        } else {
            info = seL4_Recv(server->endpoint, &call.badge, server->reply);
        }
    }
}
