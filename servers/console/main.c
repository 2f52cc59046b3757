/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console server: owns the UART. Everything happens on one thread: a request or an interrupt changes the rings and tables, then
 * `advance` does whatever has become possible. It calls no other server; the process server hears of ^C by a signal.
 */
#include "line.h"
#include "output.h"
#include "readers.h"
#include <drivers/pl011.h>
#include <pagoda/layout.h>
#include <pagoda/pagoda.h>
#include <pagoda/startup.h>
#include <string.h>

#include "generated/console_server.h"

/* A FIFO of 32 bytes at 9600 baud is gone after 33 ms; each look at the flags takes well over 10 ns. */
#define DRAIN_LOOKS 4000000

static seL4_CPtr spare_replies[CONSOLE_REPLIES];
static struct server server;
static struct line line;
static struct output output;
static struct readers readers;
static uint64_t owner;            /* pid that input goes to; 0: nobody yet */
static uint64_t interrupted;      /* pid that owned the input at the last ^C */
static bool interrupt_pending;    /* `interrupted` was not asked for yet */

static bool device_put(void *context, uint8_t byte)
{
    (void)context;
    return pl011_put(STARTUP_UART_VA, byte);
}

/* The PL011 has no interrupt for "all sent". A UART that stays busy, by flow control or a fault, must not hold its clients for ever. */
static void device_drain(void *context)
{
    (void)context;
    for (unsigned looks = 0; looks < DRAIN_LOOKS && pl011_busy(STARTUP_UART_VA); looks++) {
    }
}

static void device_want_interrupt(void *context, bool on)
{
    (void)context;
    pl011_transmit_interrupt(STARTUP_UART_VA, on);
}

/* Clients and observers are known by pid, managers by their whole badge: their ids are another numbering. */
static uint64_t client_of(const struct server_call *call)
{
    return BADGE_KIND(call->badge) == BADGE_MANAGER ? call->badge : BADGE_ID(call->badge);
}

static void answer_finished_writers(void)
{
    const struct output_request *r;
    while ((r = output_finished(&output)) != NULL) {
        struct console_write_reply written = {.written = r->length};
        seL4_CPtr reply = r->reply;
        if (r->flush) {
            console_flush_send_reply(&server, reply, 0, NULL);
        } else {
            console_write_send_reply(&server, reply, 0, &written);
        }
        output_take(&output);
        output_pump(&output);
    }
}

/* The answer to a read of either kind. */
static void answer_reader(const struct reader *reader, uint64_t error, const struct console_read_reply *answer)
{
    if (reader->deadline != 0) {
        static struct console_read_within_reply within;
        if (answer) {
            within.data.len = answer->data.len;
            memcpy(within.data.data, answer->data.data, answer->data.len);
        }
        console_read_within_send_reply(&server, reader->reply, error, answer ? &within : NULL);
    } else {
        console_read_send_reply(&server, reader->reply, error, answer);
    }
}

static void answer_owner(void)
{
    static struct console_read_reply answer;
    uint32_t max;
    while (line_readable(&line) && readers_waits(&readers, owner, &max)) {
        struct reader reader;
        bool end;
        answer.data.len = line_read(&line, answer.data.data, max, &end);
        if (answer.data.len == 0 && !end) {
            return;
        }
        readers_take(&readers, owner, &reader);
        answer_reader(&reader, 0, &answer);
    }
}

static void advance(void)
{
    answer_owner();
    output_pump(&output);
    answer_finished_writers();
}

/* ^C: whoever reads is told, and the process server decides what ends. */
static void interrupt(void)
{
    struct reader reader;
    interrupted = owner;
    interrupt_pending = true;
    if (readers_take(&readers, owner, &reader)) {
        answer_reader(&reader, PAGODA_ERR_INTERRUPTED, NULL);
    }
    seL4_Signal(CONSOLE_CAP_SIGNAL_PROCESS);
}

static void take_input(void)
{
    uint8_t byte;
    unsigned errors;
    while (pl011_get(STARTUP_UART_VA, &byte, &errors)) {
        if (errors & (PL011_ERROR_FRAMING | PL011_ERROR_PARITY | PL011_ERROR_BREAK)) {
            continue; /* noise; an overrun lost earlier bytes, this one is good */
        }
        if (line_input(&line, byte, &output.ring) == LINE_INTERRUPT) {
            interrupt();
        }
    }
}

/* The time is up for some readers; while others are left, the clock is asked for one more tick. */
static void tick(void)
{
    struct reader reader;
    uint64_t now = pagoda_ticks();
    while (readers_expired(&readers, now, &reader)) {
        answer_reader(&reader, PAGODA_ERR_WOULD_BLOCK, NULL);
    }
    if (readers_have_deadline(&readers)) {
        seL4_Signal(CONSOLE_CAP_CLOCK);
    }
}

static void on_signal(struct server *s, uint64_t events)
{
    (void)s;
    if (events & SIGNAL_IRQ) {
        pl011_acknowledge(STARTUP_UART_VA);
        take_input();
        advance();
        seL4_IRQHandler_Ack(CONSOLE_CAP_IRQ_HANDLER);
    }
    if (events & SIGNAL_TICK) {
        tick();
    }
}

uint64_t console_on_write(struct server_call *call, const struct console_write_args *args, struct console_write_reply *reply)
{
    uint32_t length = (uint32_t)args->data.len;
    reply->written = length;
    if (length == 0) {
        return 0;
    }
    if (output_now(&output, args->data.data, length)) {
        output_pump(&output);
        return 0;
    }
    seL4_CPtr later = server_defer(&server);
    if (!later) {
        return PAGODA_ERR_TOO_MANY;
    }
    if (!output_later(&output, client_of(call), later, args->data.data, length)) {
        console_write_send_reply(&server, later, PAGODA_ERR_TOO_MANY, NULL);
    }
    advance();
    return SERVER_DEFERRED;
}

uint64_t console_on_flush(struct server_call *call, const struct console_flush_args *args, struct console_flush_reply *reply)
{
    (void)args;
    (void)reply;
    seL4_CPtr later = server_defer(&server);
    if (!later) {
        return PAGODA_ERR_TOO_MANY;
    }
    if (!output_later(&output, client_of(call), later, NULL, 0)) {
        console_flush_send_reply(&server, later, PAGODA_ERR_TOO_MANY, NULL);
    }
    advance();
    return SERVER_DEFERRED;
}

static uint64_t read_later(const struct server_call *call, uint64_t max, uint64_t deadline)
{
    struct reader reader = {.client = client_of(call), .reply = server_defer(&server), .max = (uint32_t)max, .deadline = deadline};
    if (!reader.reply) {
        return PAGODA_ERR_TOO_MANY;
    }
    if (!readers_add(&readers, &reader)) {
        answer_reader(&reader, PAGODA_ERR_TOO_MANY, NULL);
    }
    advance();
    return SERVER_DEFERRED;
}

uint64_t console_on_read(struct server_call *call, const struct console_read_args *args, struct console_read_reply *reply)
{
    (void)reply;
    return read_later(call, args->max, 0);
}

uint64_t console_on_read_within(struct server_call *call, const struct console_read_within_args *args, struct console_read_within_reply *reply)
{
    (void)reply;
    uint64_t deadline = pagoda_ticks() + pagoda_tick_frequency() * args->timeout_ms / 1000;
    uint64_t status = read_later(call, args->max, deadline);
    if (readers_have_deadline(&readers)) {
        seL4_Signal(CONSOLE_CAP_CLOCK);
    }
    return status;
}

static void use_mode_of_owner(void)
{
    line_set_raw(&line, readers_is_raw(&readers, owner));
}

uint64_t console_on_set_mode(struct server_call *call, const struct console_set_mode_args *args, struct console_set_mode_reply *reply)
{
    (void)reply;
    if (!readers_set_raw(&readers, client_of(call), args->mode == CONSOLE_MODE_RAW)) {
        return PAGODA_ERR_TOO_MANY;
    }
    use_mode_of_owner();
    advance();
    return 0;
}

uint64_t console_on_set_owner(struct server_call *call, const struct console_set_owner_args *args, struct console_set_owner_reply *reply)
{
    (void)call;
    (void)reply;
    owner = args->pid;
    use_mode_of_owner();
    advance();
    return 0;
}

static void drop_reply(uint64_t reply, void *context)
{
    (void)context;
    server_drop(&server, reply);
}

uint64_t console_on_forget(struct server_call *call, const struct console_forget_args *args, struct console_forget_reply *reply)
{
    struct reader reader;
    (void)call;
    (void)reply;
    while (readers_take(&readers, args->pid, &reader)) {
        server_drop(&server, reader.reply);
    }
    output_forget(&output, args->pid, drop_reply, NULL);
    readers_set_raw(&readers, args->pid, false);
    use_mode_of_owner();
    advance();
    return 0;
}

uint64_t console_on_take_interrupt(struct server_call *call, const struct console_take_interrupt_args *args,
    struct console_take_interrupt_reply *reply)
{
    (void)call;
    (void)args;
    if (!interrupt_pending) {
        return PAGODA_ERR_WOULD_BLOCK;
    }
    interrupt_pending = false;
    reply->pid = interrupted;
    return 0;
}

int main(void)
{
    static const struct output_device device = {.put = device_put, .drain = device_drain, .want_interrupt = device_want_interrupt};
    line_init(&line);
    output_init(&output, &device);
    server.endpoint = CONSOLE_CAP_ENDPOINT;
    server.request = console_dispatch;
    server.signal = on_signal;
    server.spare = spare_replies;
    server.spare_max = CONSOLE_REPLIES;
    server_add_reply(&server, LAYOUT_CAP_REPLY);
    for (unsigned i = 0; i < CONSOLE_REPLIES; i++) {
        server_add_reply(&server, CONSOLE_CAP_REPLIES + i);
    }
    pl011_init(STARTUP_UART_VA);
    seL4_IRQHandler_Ack(CONSOLE_CAP_IRQ_HANDLER); /* one that came before there was a notification is held until now */
    server_loop(&server);
}
