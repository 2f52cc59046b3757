# SPDX-License-Identifier: BSD-2-Clause
"""generated/SERVER_client.h and .c: client stubs."""


def by_pointers(o):
    """Small replies of words come through one pointer each; others through a pointer to the reply struct."""
    fields = o.reply_fields
    return len(fields) <= 3 and all(f.type in ("word", "cap") for f in fields)


def results(o):
    return [f for f in o.reply_fields if f.type != "cap"]


def prototype(p, o):
    params = ["seL4_CPtr endpoint"]
    for f in o.args:
        if f.type == "word":
            params.append(f"uint64_t {f.name}")
        elif f.type == "string":
            params.append(f"const char *{f.name}")
        elif f.type == "cap":
            params.append(f"seL4_CPtr {f.name}")
        elif f.type == "bytes":
            params.append(f"const void *{f.name}, uint64_t {f.name}_len")
        else:
            params.append(f"const uint64_t {f.name}[{f.max}]")
    if by_pointers(o):
        # A result may have the name of an argument.
        params += [f"uint64_t *{result_name(o, f)}" for f in results(o)]
    else:
        params.append(f"struct {p.name}_{o.name}_reply *reply")
    return f"int {p.name}_{o.name}({', '.join(params)})"


def result_name(o, f):
    return f"{f.name}_out" if any(a.name == f.name for a in o.args) else f.name


def header(p):
    guard = f"GENERATED_{p.name.upper()}_CLIENT_H"
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */", f"/* Made by libs/abi/generate.py from protocols/{p.name}.toml. Client side.", " *",
             " * Each stub calls the server behind `endpoint` and returns 0 or an enum pagoda_error. Results are written only on success;",
             " * a result pointer may be NULL. Strings are NUL-terminated. A capability in the reply lands in the receive slot that the",
             " * caller set up beforehand. */",
             f"#ifndef {guard}", f"#define {guard}", "", f"#include \"generated/{p.name}_protocol.h\"", "#include \"sel4/sel4.h\"", ""]
    for o in p.operations:
        lines.append(f"/* {o.text}")
        notes = [f"{f.name}: {f.unit}" for f in o.args + o.reply_fields if f.unit]
        if notes:
            lines.append(f" *   {'; '.join(notes)}")
        if o.errors:
            lines.append(f" *   Errors: {', '.join(o.errors)}.")
        if any(f.type == "cap" for f in o.reply_fields):
            lines.append(" *   The reply carries a capability.")
        lines[-1] += " */"
        lines.append(prototype(p, o) + ";")
    return "\n".join(lines + ["", "#endif", ""])


def encode(o):
    """Statements that write the request, then the expression for its length."""
    lines = []
    for f in o.args:
        if f.type == "string":
            lines += [f"    uint64_t {f.name}_len = strlen({f.name});"]
        if f.variable:
            lines += [f"    if ({f.name}_len > {f.max})", "        return PAGODA_ERR_TOO_LONG;"]
    if o.data or results(o):
        lines.append("    uint64_t *words = seL4_GetIPCBuffer()->msg;")
    if not any(f.variable for f in o.args):
        at = 0
        for f in o.data:
            if f.type == "word":
                lines.append(f"    words[{at}] = {f.name};")
            else:
                lines.append(f"    memcpy(words + {at}, {f.name}, {f.max} * sizeof(uint64_t));")
            at += f.most_words
        return lines, str(at)
    lines.append("    unsigned at = 0;")
    for f in o.data:
        if f.type == "word":
            lines.append(f"    words[at++] = {f.name};")
        elif f.variable:
            lines.append(f"    at = message_put_bytes(words, at, {f.name}, {f.name}_len);")
        else:
            lines.append(f"    memcpy(words + at, {f.name}, {f.max} * sizeof(uint64_t));\n    at += {f.max};")
    return lines, "at"


def decode(p, o):
    """Statements that check the reply and hand it out."""
    lines = []
    fields = results(o)
    if not any(f.variable for f in fields):
        lines += [f"    if (answer.length != {sum(f.most_words for f in fields)})", "        return PAGODA_ERR_BAD_REPLY;"]
        at = 0
        for f in fields:
            if by_pointers(o):
                name = result_name(o, f)
                lines += [f"    if ({name})", f"        *{name} = words[{at}];"]
            elif f.type == "word":
                lines.append(f"    reply->{f.name} = words[{at}];")
            else:
                lines.append(f"    memcpy(reply->{f.name}, words + {at}, sizeof reply->{f.name});")
            at += f.most_words
        return lines
    lines.append("    struct message_reader reader = message_reader_start(words, answer.length);")
    for f in fields:
        if f.type == "word":
            lines.append(f"    reply->{f.name} = message_get_word(&reader);")
        elif f.type == "string":
            lines.append(f"    message_get_string(&reader, reply->{f.name}, {f.max});")
        elif f.type == "bytes":
            lines.append(f"    reply->{f.name}.len = message_get_bytes(&reader, reply->{f.name}.data, {f.max});")
        else:
            lines.append(f"    for (unsigned i = 0; i < {f.max}; i++)\n        reply->{f.name}[i] = message_get_word(&reader);")
    return lines + ["    if (!message_reader_finished(&reader))", "        return PAGODA_ERR_BAD_REPLY;"]


def stub(p, o):
    body, length = encode(o)
    n_caps = sum(f.type == "cap" for f in o.reply_fields)
    body += [f"    seL4_SetCap({i}, {f.name});" for i, f in enumerate(o.arg_caps)]
    call = f"ask(endpoint, {p.name.upper()}_OP_{o.name.upper()}, {length}, {len(o.arg_caps)}, {n_caps});"
    if "UNFINISHED" in o.errors:
        assert int(length) <= PARTS_WORDS and not o.arg_caps and not n_caps, f"{o.name} cannot be done in parts"
        call = f"ask_in_parts(endpoint, {p.name.upper()}_OP_{o.name.upper()}, {length});"
    body += [f"    struct answer answer = {call}"]
    return [prototype(p, o), "{"] + body + [
        "    if (answer.error)", "        return answer.error;"] + decode(p, o) + ["    return 0;", "}", ""]


ASK = """
struct answer {
    int error;       /* enum pagoda_error */
    unsigned length; /* words of the reply, in the IPC buffer */
};

/*
 * ask: one call, with sent_caps capabilities; n_caps come with the reply. A reply with a label and words is not from a server (their error replies have none) but from the kernel: there is no
 * usable endpoint behind the capability.
 */
static struct answer ask(seL4_CPtr endpoint, uint64_t operation, unsigned length, unsigned sent_caps, unsigned n_caps)
{
    seL4_MessageInfo_t info = seL4_Call(endpoint, seL4_MessageInfo_new(operation, 0, sent_caps, length));
    uint64_t label = seL4_MessageInfo_get_label(info);
    unsigned words = (unsigned)seL4_MessageInfo_get_length(info);
    if (label)
        return (struct answer){.error = words ? PAGODA_ERR_NO_SERVER : label < PAGODA_ERRORS ? (int)label : PAGODA_ERR_BAD_REPLY};
    if (seL4_MessageInfo_get_extraCaps(info) != n_caps)
        return (struct answer){.error = PAGODA_ERR_BAD_REPLY};
    return (struct answer){.length = words};
}
"""


PARTS_WORDS = 8

UNFINISHED = f"""
/* Parts of a request that is done in parts (UNFINISHED), after which others run that want to: the time of the server is not the caller's, so its time slice does not see to that. */
#define PARTS_IN_A_ROW 8
#define PARTS_WORDS {PARTS_WORDS}

/* ask_in_parts: the same message, of at most PARTS_WORDS words, until all is done. Answers come through the words of the message. */
static __attribute__((noinline)) struct answer ask_in_parts(seL4_CPtr endpoint, uint64_t operation, unsigned length)
{{
    uint64_t *words = seL4_GetIPCBuffer()->msg, kept[PARTS_WORDS];
    struct answer answer;
    unsigned parts = 0;
    memcpy(kept, words, sizeof(kept));
    while ((answer = ask(endpoint, operation, length, 0, 0)).error == PAGODA_ERR_UNFINISHED) {{
        memcpy(words, kept, sizeof(kept));
        if (++parts % PARTS_IN_A_ROW == 0)
            seL4_Yield();
    }}
    return answer;
}}
"""


def source(p):
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */", f"/* Made by libs/abi/generate.py from protocols/{p.name}.toml. Client side. */",
             "#include <string.h>", "", f"#include \"generated/{p.name}_client.h\"", "#include \"pagoda/message.h\"", ASK]
    if any("UNFINISHED" in o.errors for o in p.operations):
        lines.append(UNFINISHED)
    for o in p.operations:
        lines += stub(p, o)
    return "\n".join(lines)
