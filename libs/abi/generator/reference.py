# SPDX-License-Identifier: BSD-2-Clause
"""reference/*.md: what the interface lists say, for people. docs/reference holds a copy that a test keeps current."""
from . import client
from .model import COMMON_ERRORS

NOTE = "This page is generated from `libs/abi/{source}` (`libs/abi/generate.py --docs`); change it there.\n"


def cell(text):
    return str(text).replace("|", "\\|")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(cell(c) for c in row) + " |" for row in rows] + [""]


def field_rows(fields):
    rows = []
    for f in fields:
        if f.type == "word":
            limits = f"{f.min}..{f.max}" if f.max is not None else (f"{f.min}.." if f.min else "")
        elif f.type == "cap":
            limits = ""
        else:
            limits = f"at most {f.max} bytes" if f.type != "counts" else f"{f.max} words"
        rows.append((f"`{f.name}`", f.type, limits, f.unit))
    return rows


def operation(o):
    properties = ["may answer later" if o.blocks else "", "safe to repeat" if o.repeat else ""]
    about = "; ".join(["callers: " + ", ".join(o.callers)] + [p for p in properties if p])
    lines = [f"### {o.number}. {o.name}", "", o.text, "", f"{about[0].upper()}{about[1:]}.", ""]
    if o.args:
        lines += ["Arguments:", ""] + table(("name", "type", "bounds", "unit or meaning"), field_rows(o.args))
    if o.reply_fields:
        lines += ["Reply:", ""] + table(("name", "type", "bounds", "unit or meaning"), field_rows(o.reply_fields))
    if o.errors:
        lines += ["Errors: " + ", ".join(o.errors) + ".", ""]
    return lines


def protocol_page(p):
    lines = [f"# Protocol of {p.name}", "", f"{p.summary[0].upper()}{p.summary[1:]}.", "", NOTE.format(source=f"protocols/{p.name}.toml"),
             "How messages look on the wire, and what the types mean: `libs/abi/protocols/README.md`. "
             f"Common to all operations: {', '.join(COMMON_ERRORS)} ([errors](errors.md)).", ""]
    if p.constants:
        lines += ["## Constants", ""] + table(("name", "value", "meaning"), [(f"`{c.name}`", c.value, c.text) for c in p.constants])
    lines += ["## Operations", ""]
    for o in p.operations:
        lines += operation(o)
    return "\n".join(lines)


C_TYPES = {"word": "uint64_t {}", "string": "char {}[{} + 1]", "bytes": "struct {{ uint64_t len; uint8_t data[{1}]; }} {0}", "counts": "uint64_t {}[{}]"}


def client_function(p, o):
    lines = ["```c", client.prototype(p, o) + ";", "```", "", f"{o.text} Callers: {', '.join(o.callers)}.", ""]
    if not client.by_pointers(o):
        members = "; ".join(C_TYPES[f.type].format(f.name, f.max) for f in client.results(o))
        lines += [f"`*reply`: `{members}`.", ""]
    if any(f.type == "cap" for f in o.reply_fields):
        lines += ["The reply carries a capability; it lands in the receive slot that the caller set up beforehand.", ""]
    if o.errors:
        lines += ["Errors: " + ", ".join(o.errors) + ".", ""]
    return lines


def client_page(interface):
    lines = ["# Client library", "", NOTE.format(source="protocols/*.toml"),
             "The library `abi_client` has one C function for each operation of each server. It sends the request to the server behind `endpoint`, waits for "
             "the answer, and returns 0 or an error of `generated/errors.h` ([errors](errors.md)): those named, those common to all "
             f"({', '.join(COMMON_ERRORS)}), NO_SERVER and BAD_REPLY. Results are written only on success; a result pointer may be NULL. Bounds and units of "
             "arguments and results, and the constants: the pages of the protocols. Where a program finds its endpoints: `LAYOUT_CAP_*` of `pagoda/layout.h`. "
             "What the C library makes of them (`mmap`, `fork`, `pagoda_spawn`, `pagoda_pressure_ask`): [libs/README.md](../../libs/README.md).", ""]
    for p in interface.protocols:
        lines += [f"## {p.name}", "", f"`#include \"generated/{p.name}_client.h\"`. Protocol: [{p.name}]({p.name}.md).", ""]
        for o in p.operations:
            lines += client_function(p, o)
    return "\n".join(lines)


def errors_page(interface):
    lines = ["# Errors of servers", "", NOTE.format(source="errors.toml"),
             "The label of a reply: 0, or one of these. `errno` is what the C library reports for it.", ""]
    lines += table(("number", "name", "errno", "meaning"), [(e.number, e.name, e.errno, e.text) for e in interface.errors])
    return "\n".join(lines)


def method_row(m):
    arguments = ", ".join(f"{p.name}{' (cap)' if p.type == 'cap' else ''}" for p in m.params) or "-"
    return (m.label, f"`{m.user}`", arguments, ", ".join(r.name for r in m.results) or "-", ", ".join(m.errors) or "-", m.text)


def kernel_page(interface):
    lines = ["# Kernel invocations", "", NOTE.format(source="objects.toml"),
             "Labels below 4096 are those of seL4 (MCS, AArch64, one core), and mean the same. Labels from 4096 up are Pagoda's own. "
             "Arguments stand in the order of the C function; words and capabilities travel each in this order. "
             "Errors that every object has are not repeated: InvalidCapability 0 for an empty slot and for a capability under deletion, "
             "IllegalOperation for a label that the object does not know.", ""]
    objects = list(dict.fromkeys(m.object for m in interface.methods))
    for name in objects:
        lines += [f"## {name}", ""]
        rows = [method_row(m) for m in interface.methods if m.object == name]
        lines += table(("label", "function", "arguments", "results", "errors", "what it does"), rows)
    lines += ["## Object types", ""]
    lines += table(("number", "name", "what it is"), [(i, f"`{t['user']}`", t["text"]) for i, t in enumerate(interface.object_types)])
    return "\n".join(lines)
