# SPDX-License-Identifier: BSD-2-Clause
"""generated/SERVER_test.c, for tests/host/libs/abi: handlers that check what arrives, one round trip per operation through stub and dispatcher."""
from .client import by_pointers, results
from .model import CALLERS

KINDS = {"word": "FIELD_WORD", "string": "FIELD_STRING", "bytes": "FIELD_BYTES", "counts": "FIELD_COUNTS"}


def bounds(f):
    return f"{f.min}, {f.max if f.max is not None else 'UINT64_MAX'}"


def fill(target, seed, f):
    """Statement that fills one field of a struct with its pattern."""
    if f.type == "word":
        return f"    {target}.{f.name} = pattern_word({seed}, {bounds(f)});"
    if f.type == "string":
        return f"    pattern_string({target}.{f.name}, {seed}, {f.max});"
    if f.type == "bytes":
        return f"    {target}.{f.name}.len = pattern_bytes({target}.{f.name}.data, {seed}, {f.max});"
    if f.type == "counts":
        return f"    pattern_counts({target}.{f.name}, {seed}, {f.max});"
    return f"    {target}.{f.name} = FAKE_CAP;"


def compare(left, right, f):
    """Statement that compares one field of two structs."""
    if f.type == "word":
        return f"    ck_assert_uint_eq({left}->{f.name}, {right}->{f.name});"
    if f.type == "string":
        return f"    ck_assert_str_eq({left}->{f.name}, {right}->{f.name});"
    if f.type == "bytes":
        return (f"    ck_assert_uint_eq({left}->{f.name}.len, {right}->{f.name}.len);\n"
                f"    ck_assert_mem_eq({left}->{f.name}.data, {right}->{f.name}.data, {right}->{f.name}.len);")
    return f"    ck_assert_mem_eq({left}->{f.name}, {right}->{f.name}, sizeof {right}->{f.name});"


def filler(name, kind, o, fields):
    lines = [f"static struct {name}_{o.name}_{kind} *{kind}_{o.name}(void)", "{", f"    static struct {name}_{o.name}_{kind} value;",
             "    memset(&value, 0, sizeof value);"]
    lines += [fill("value", i + (1 if kind == "args" else 100), f) for i, f in enumerate(fields) if f.type != "cap" or kind == "reply"]
    return lines + ["    return &value;", "}", ""]


def check_bounds(f):
    if f.type == "word" and (f.min or f.max is not None):
        low = f"args->{f.name} >= {f.min} && " if f.min else ""
        return f"    ck_assert({low}args->{f.name} <= {f.max if f.max is not None else 'UINT64_MAX'});"
    if f.type == "string":
        return f"    ck_assert_uint_le(strnlen(args->{f.name}, {f.max} + 1), {f.max});"
    if f.type == "bytes":
        return f"    ck_assert_uint_le(args->{f.name}.len, {f.max});"
    return None


def handler(p, o):
    lines = [f"uint64_t {p.name}_on_{o.name}(struct server_call *call, const struct {p.name}_{o.name}_args *args, "
             f"struct {p.name}_{o.name}_reply *reply)", "{", "    (void)args;", "    (void)reply;"]
    lines += [line for f in o.args if (line := check_bounds(f))]
    if o.data:
        lines += ["    if (fake.check_pattern) {", f"        const struct {p.name}_{o.name}_args *expected = args_{o.name}();"]
        lines += ["    " + compare("args", "expected", f).replace("\n    ", "\n        ") for f in o.data]
        lines.append("    }")
    if o.reply_fields:
        lines.append(f"    *reply = *reply_{o.name}();")
    return lines + ["    return handler_result(call);", "}", ""]


def round_trip(p, o):
    lines = [f"static int call_{o.name}(void)", "{"]
    arguments = ["FAKE_ENDPOINT"]
    if o.data:
        lines.append(f"    const struct {p.name}_{o.name}_args *a = args_{o.name}();")
    for f in o.args:
        arguments.append("FAKE_CAP" if f.type == "cap" else f"a->{f.name}.data, a->{f.name}.len" if f.type == "bytes" else f"a->{f.name}")
    checks = []
    if results(o):
        lines.append(f"    const struct {p.name}_{o.name}_reply *expected = reply_{o.name}();")
        lines.append(f"    static struct {p.name}_{o.name}_reply reply;")
        lines.append("    memset(&reply, 0xa5, sizeof reply);")
        lines.append(f"    const struct {p.name}_{o.name}_reply *got = &reply;")
        if by_pointers(o):
            arguments += [f"&reply.{f.name}" for f in results(o)]
        else:
            arguments.append("&reply")
        checks = [compare("got", "expected", f) for f in results(o)]
    lines.append(f"    int error = {p.name}_{o.name}({', '.join(arguments)});")
    if checks:
        lines += ["    if (error)", "        return error;"] + checks
    return lines + ["    return error;", "}", ""]


def late_reply(p, o):
    argument = f"reply_{o.name}()" if o.reply_fields else "NULL"
    return [f"static void answer_{o.name}(uint64_t error)", "{",
            f"    {p.name}_{o.name}_send_reply(&fake.server, FAKE_REPLY, error, error ? NULL : {argument});", "}", ""]


def table(p):
    lines = []
    for o in p.operations:
        fields = [f"{{ \"{f.name}\", {KINDS[f.type]}, {bounds(f)} }}" for f in o.data]
        if fields:
            lines.append(f"static const struct field fields_{o.name}[] = {{ {', '.join(fields)} }};")
    lines += ["", "static const struct operation operations[] = {"]
    for o in p.operations:
        callers = " | ".join(f"1 << {CALLERS[c]}" for c in o.callers)
        fields = f"fields_{o.name}, {len(o.data)}" if o.data else "NULL, 0"
        has_cap = int(any(f.type == "cap" for f in o.reply_fields))
        words = sum(f.most_words for f in o.reply_fields)
        lines.append(f"    {{ \"{o.name}\", {o.number}, {callers}, {fields}, {words}, {has_cap}, {len(o.arg_caps)}, call_{o.name}, answer_{o.name} }},")
    return lines + ["};", "", f"const struct protocol protocol = {{ \"{p.name}\", operations, {len(p.operations)}, {p.name}_dispatch, "
                    f"{p.name}_operation_name }};", ""]


def source(p):
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */",
             f"/* Made by libs/abi/generate.py from protocols/{p.name}.toml: what dispatch_test.c runs. */",
             "#include <string.h>", "", "#include \"abi_test.h\"", f"#include \"generated/{p.name}_client.h\"",
             f"#include \"generated/{p.name}_server.h\"", ""]
    for o in p.operations:
        if o.data:
            lines += filler(p.name, "args", o, o.args)
        if o.reply_fields:
            lines += filler(p.name, "reply", o, o.reply_fields)
        lines += handler(p, o) + round_trip(p, o) + late_reply(p, o)
    return "\n".join(lines + table(p))
