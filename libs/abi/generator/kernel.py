# SPDX-License-Identifier: BSD-2-Clause
"""generated/invocations.h: what the kernel's handlers see of objects.toml."""

HEAD = """/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by libs/abi/generate.py from objects.toml. Kernel side of the invocations. */
#ifndef GENERATED_INVOCATIONS_H
#define GENERATED_INVOCATIONS_H

#include "object/error.h"

"""


def object_types(interface):
    lines = ["enum object_type {"]
    for i, item in enumerate(interface.object_types):
        lines.append(f"    OBJECT_{item['name']} = {i}, /* {item['text']} */")
    lines += ["    OBJECT_TYPES", "};", ""]
    return lines


def labels(interface):
    lines = ["enum invocation_label {"]
    lines += [f"    LABEL_{m.kernel} = {m.label}," for m in interface.methods]
    return lines + ["};", ""]


def reader(method):
    """Argument struct and reader of one method."""
    lower = method.kernel.lower()
    lines = [f"/* {method.user}: {method.text}"]
    for i, cap in enumerate(method.caps):
        lines.append(f" *   cap {i}: {cap.name}{': ' + cap.text if cap.text else ''}")
    lines.append(" */" if method.caps else lines.pop() + " */")
    lines.append(f"enum {{ ARGS_{method.kernel}_WORDS = {len(method.words)}, ARGS_{method.kernel}_CAPS = {len(method.caps)} }};")
    if not method.words:
        return lines + [""]
    lines.append(f"struct args_{lower} {{")
    for word in method.words:
        note = f" /* {word.text} */" if word.text else ""
        lines.append(f"    word_t {word.name};{note}")
    lines.append("};")
    lines.append(f"static inline bool args_{lower}_read(const struct invocation *inv, struct args_{lower} *a)")
    caps = f" || inv->n_caps < {len(method.caps)}" if method.caps else ""
    lines += ["{", f"    if (inv->length < {len(method.words)}{caps})", "        return false;"]
    lines += [f"    a->{word.name} = invocation_word(inv, {i});" for i, word in enumerate(method.words)]
    return lines + ["    return true;", "}", ""]


def header(interface):
    lines = object_types(interface) + labels(interface)
    lines.append("/* Readers: false when the message is too short or capabilities are missing (the answer is TruncatedMessage). */")
    for method in interface.methods:
        lines += reader(method)
    return HEAD + "\n".join(lines) + "\n#endif\n"
