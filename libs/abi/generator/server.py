# SPDX-License-Identifier: BSD-2-Clause
"""generated/SERVER_server.h and .c: the dispatcher, and the handlers that a server has to define."""
from .model import CALLERS


def handler(p, o):
    return (f"uint64_t {p.name}_on_{o.name}(struct server_call *call, const struct {p.name}_{o.name}_args *args, "
            f"struct {p.name}_{o.name}_reply *reply)")


def send_reply(p, o):
    return (f"void {p.name}_{o.name}_send_reply(struct server *server, seL4_CPtr reply_object, uint64_t error, "
            f"const struct {p.name}_{o.name}_reply *reply)")


def header(p):
    guard = f"GENERATED_{p.name.upper()}_SERVER_H"
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */", f"/* Made by libs/abi/generate.py from protocols/{p.name}.toml. Server side. */",
             f"#ifndef {guard}", f"#define {guard}", "", f"#include \"generated/{p.name}_protocol.h\"", "#include \"server/server.h\"", "",
             f"/* {p.name}_dispatch: decode the request in `call`, check it, run its handler, encode the answer into `call`.",
             " * Any message gets one. */",
             f"void {p.name}_dispatch(struct server_call *call);", "",
             "/* Handlers, to be defined by the server. Arguments are inside their bounds, `reply` comes zeroed. They return 0, one of the",
             " * operation's errors, or SERVER_DEFERRED after server_defer(). A `cap` in the reply is the slot whose capability is sent along; one in the arguments",
             " * has come into the server's receive slot. */"]
    for o in p.operations:
        lines.append(f"/* {o.text}{' Errors: ' + ', '.join(o.errors) + '.' if o.errors else ''} */")
        lines.append(handler(p, o) + ";")
    lines += ["", "/* Answers to deferred requests: `reply_object` from server_defer() goes back to the spares; `reply` may be NULL when error",
              " * is not 0. */"]
    lines += [send_reply(p, o) + ";" for o in p.operations]
    return "\n".join(lines + ["", "#endif", ""])


def decode(o):
    """Statements that fill `args` from the message; they return MALFORMED."""
    if not any(f.variable for f in o.data):
        lines = [f"    if (call->length != {sum(f.most_words for f in o.data)})", "        return PAGODA_ERR_MALFORMED;"]
        at = 0
        for f in o.data:
            if f.type == "word":
                lines.append(f"    args.{f.name} = call->words[{at}];")
            else:
                lines.append(f"    memcpy(args.{f.name}, call->words + {at}, sizeof args.{f.name});")
            at += f.most_words
        return lines
    lines = ["    struct message_reader reader = message_reader_start(call->words, call->length);"]
    for f in o.data:
        if f.type == "word":
            lines.append(f"    args.{f.name} = message_get_word(&reader);")
        elif f.type == "string":
            lines.append(f"    message_get_string(&reader, args.{f.name}, {f.max});")
        elif f.type == "bytes":
            lines.append(f"    args.{f.name}.len = message_get_bytes(&reader, args.{f.name}.data, {f.max});")
        else:
            lines.append(f"    for (unsigned i = 0; i < {f.max}; i++)\n        args.{f.name}[i] = message_get_word(&reader);")
    return lines + ["    if (!message_reader_finished(&reader))", "        return PAGODA_ERR_MALFORMED;"]


def check_ranges(o):
    tests = []
    for f in o.args:
        if f.type == "word" and f.min:
            tests.append(f"args.{f.name} < {f.min}")
        if f.type == "word" and f.max is not None:
            tests.append(f"args.{f.name} > {f.max}")
    return [f"    if ({' || '.join(tests)})", "        return PAGODA_ERR_INVALID_ARGUMENT;"] if tests else []


def encoder(p, o):
    """encode_X: write the reply's words, return how many."""
    lines = [f"static unsigned encode_{o.name}(uint64_t *words, const struct {p.name}_{o.name}_reply *reply)", "{"]
    if not any(f.type != "cap" for f in o.reply_fields):
        return lines + ["    (void)words;", "    (void)reply;", "    return 0;", "}", ""]
    if not any(f.variable for f in o.reply_fields):
        at = 0
        for f in o.reply_fields:
            if f.type == "word":
                lines.append(f"    words[{at}] = reply->{f.name};")
            elif f.type == "counts":
                lines.append(f"    memcpy(words + {at}, reply->{f.name}, sizeof reply->{f.name});")
            at += f.most_words
        return lines + [f"    return {at};", "}", ""]
    lines.append("    unsigned at = 0;")
    for f in o.reply_fields:
        if f.type == "word":
            lines.append(f"    words[at++] = reply->{f.name};")
        elif f.type == "string":
            lines.append(f"    at = message_put_bytes(words, at, reply->{f.name}, strnlen(reply->{f.name}, {f.max}));")
        elif f.type == "bytes":
            lines.append(f"    uint64_t {f.name}_len = reply->{f.name}.len <= {f.max} ? reply->{f.name}.len : {f.max};")
            lines.append(f"    at = message_put_bytes(words, at, reply->{f.name}.data, {f.name}_len);")
        elif f.type == "counts":
            lines.append(f"    memcpy(words + at, reply->{f.name}, sizeof reply->{f.name});\n    at += {f.max};")
    return lines + ["    return at;", "}", ""]


def cap_of(o, access):
    caps = [f.name for f in o.reply_fields if f.type == "cap"]
    return f"{access}{caps[0]}" if caps else "0"


def runner(p, o):
    """run_X: decode, check, handle, encode one operation."""
    lines = [f"static uint64_t run_{o.name}(struct server_call *call)", "{", f"    struct {p.name}_{o.name}_args args;"]
    if o.arg_caps:
        lines += ["    if (call->n_caps != 1)", "        return PAGODA_ERR_MALFORMED;"]
    lines += decode(o) + check_ranges(o)
    lines += [f"    struct {p.name}_{o.name}_reply reply = {{}};",
              f"    uint64_t error = {p.name}_on_{o.name}(call, &args, &reply);",
              "    if (error)", "        return error;",
              f"    call->reply_length = encode_{o.name}(call->words, &reply);"]
    if cap_of(o, "") != "0":
        lines.append(f"    call->reply_cap = {cap_of(o, 'reply.')};")
    return lines + ["    return 0;", "}", ""]


def deferred(p, o):
    cap = f"error ? 0 : {cap_of(o, 'reply->')}" if cap_of(o, "") != "0" else "0"
    return [send_reply(p, o), "{", "    uint64_t *words = server_message(server);",
            f"    unsigned length = error ? 0 : encode_{o.name}(words, reply);",
            f"    server_reply(server, reply_object, error, length, {cap});", "}", ""]


def dispatcher(p):
    lines = ["static const struct {", "    uint64_t (*run)(struct server_call *call);", "    uint8_t callers; /* bit mask of badge kinds */",
             f"}} operations[{p.name.upper()}_OPERATIONS + 1] = {{"]
    for o in p.operations:
        callers = " | ".join(f"1 << {CALLERS[c]}" for c in o.callers)
        lines.append(f"    [{p.name.upper()}_OP_{o.name.upper()}] = {{ run_{o.name}, {callers} }},")
    return lines + ["};", "", "static uint64_t run(struct server_call *call)", "{",
                    "    if (call->operation == 0 || call->operation > " + p.name.upper() + "_OPERATIONS)",
                    "        return PAGODA_ERR_UNKNOWN_OPERATION;",
                    "    unsigned kind = BADGE_KIND(call->badge);",
                    "    if (kind > 7 || !(operations[call->operation].callers >> kind & 1))",
                    "        return PAGODA_ERR_NOT_PERMITTED;",
                    "    return operations[call->operation].run(call);", "}", "",
                    f"void {p.name}_dispatch(struct server_call *call)", "{",
                    "    call->reply_length = 0;", "    call->reply_cap = 0;", "    uint64_t error = run(call);",
                    "    call->deferred = error == SERVER_DEFERRED;", "    call->reply_label = error;",
                    "    if (error) {", "        call->reply_length = 0;", "        call->reply_cap = 0;", "    }", "}", ""]


def source(p):
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */", f"/* Made by libs/abi/generate.py from protocols/{p.name}.toml. Server side. */",
             "#include <string.h>", "", f"#include \"generated/{p.name}_server.h\"", "#include \"pagoda/layout.h\"",
             "#include \"pagoda/message.h\"", ""]
    for o in p.operations:
        lines += encoder(p, o) + runner(p, o) + deferred(p, o)
    return "\n".join(lines + dispatcher(p))
