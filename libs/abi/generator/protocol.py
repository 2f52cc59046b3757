# SPDX-License-Identifier: BSD-2-Clause
"""generated/SERVER_protocol.h: what client and server share."""


def field_declaration(f):
    note = f" /* {f.unit} */" if f.unit else ""
    if f.type == "word":
        return f"    uint64_t {f.name};{note}"
    if f.type == "string":
        return f"    char {f.name}[{f.max} + 1]; /* NUL-terminated{', ' + f.unit if f.unit else ''} */"
    if f.type == "bytes":
        return f"    struct {{ uint64_t len; uint8_t data[{f.max}]; }} {f.name};{note}"
    if f.type == "counts":
        return f"    uint64_t {f.name}[{f.max}];{note}"
    return f"    uint64_t {f.name}; /* slot whose capability is sent along; only the server's */"


def struct(name, fields):
    lines = [f"struct {name} {{"] + [field_declaration(f) for f in fields] + ["};"]
    if fields and not any(f.variable or f.type == "cap" for f in fields):
        words = sum(f.most_words for f in fields)
        lines.append(f"_Static_assert(sizeof(struct {name}) == {words} * 8, \"one member, one word of the message\");")
    return lines + [""]


def operation_limits(name, o):
    """Least and most words of request and reply."""
    upper = f"{name}_{o.name}".upper()
    pairs = [("ARGS", o.args), ("REPLY", o.reply_fields)]
    values = [f"{upper}_{kind}_{edge.upper()}_WORDS = {sum(getattr(f, edge + '_words') for f in fields)}"
              for kind, fields in pairs for edge in ("least", "most")]
    return f"enum {{ {', '.join(values)} }};"


def header(p):
    guard = f"GENERATED_{p.name.upper()}_PROTOCOL_H"
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */", f"/* Made by libs/abi/generate.py from protocols/{p.name}.toml: {p.summary}. */",
             f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", "", "#include \"generated/errors.h\"", ""]
    group = ""
    for c in p.constants:
        if c.group != group:
            group = c.group
            lines.append(f"/* {group} */")
        lines.append(f"#define {c.name} {c.value}{' /* ' + c.text + ' */' if c.text else ''}")
    lines += ["", f"enum {p.name}_operation {{"]
    lines += [f"    {p.name.upper()}_OP_{o.name.upper()} = {o.number}," for o in p.operations]
    lines += [f"    {p.name.upper()}_OPERATIONS = {len(p.operations)} /* highest number */", "};", ""]
    for o in p.operations:
        lines.append(f"/* {o.name}: {o.text} */")
        lines.append(operation_limits(p.name, o))
        lines += struct(f"{p.name}_{o.name}_args", o.data)
        if o.reply is not None:
            lines += struct(f"{p.name}_{o.name}_reply", o.reply)
    lines += ["/* Name of an operation for traces; \"?\" for another number. */",
              f"const char *{p.name}_operation_name(uint64_t operation);", "", "#endif", ""]
    return "\n".join(lines)
