# SPDX-License-Identifier: BSD-2-Clause
"""generated/sel4_stubs.h: labels, object types and one stub per invocation for user programs."""

HEAD = """/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Made by libs/abi/generate.py from objects.toml. User side of the invocations.
 * Each stub calls the kernel and returns its answer, 0 (seL4_NoError) for success. After an error, the words that describe it are in
 * message registers 0 to 3 (seL4_GetMR).
 */
#ifndef GENERATED_SEL4_STUBS_H
#define GENERATED_SEL4_STUBS_H

#include "sel4/syscalls.h"

"""

TYPES = {"word": "seL4_Word", "u8": "seL4_Uint8", "cap": "seL4_CPtr",
         "rights": "seL4_CapRights_t", "attributes": "seL4_ARM_VMAttributes"}


def label_name(method):
    """Upstream's names of labels: the stub's name without prefix and underscores."""
    name = method.user.removeprefix("seL4_").removeprefix("pagoda_")
    if method.kernel.startswith("ARM_") and not name.startswith("ARM_"):
        name = "ARM" + name.replace("IRQControl_Issue", "IRQIssue").replace("IRQControl_GetTrigger", "IRQIssueIRQHandlerTrigger")
    if method.label >= 4096:
        name = "Pagoda" + name
    return name.replace("_", "")


def enums(interface):
    lines = ["typedef enum {"]
    lines += [f"    {item['user']} = {i}, /* {item['text']} */" for i, item in enumerate(interface.object_types)]
    lines += ["    seL4_ObjectTypeCount,"]
    lines += [f"    {name} = {item['user']}," for item in interface.object_types for name in item.get("older", [])]
    lines += ["} seL4_ObjectType;", "", "enum invocation_label {", "    InvalidInvocation = 0,"]
    lines += [f"    {label_name(m)} = {m.label}," for m in interface.methods]
    return lines + ["};", ""]


def word_expression(param):
    return {"rights": f"{param.name}.words[0]", "attributes": f"(seL4_Word){param.name}"}.get(param.type, param.name)


def result_type(method):
    return f"{method.user}_t" if method.results else "seL4_Error"


def stub(method):
    lines = []
    if method.results:
        lines.append(f"typedef struct {method.user} {{")
        lines.append("    int error;")
        lines += [f"    seL4_Word {r.name}; /* {r.text} */" for r in method.results]
        lines.append(f"}} {method.user}_t;")
    lines.append(f"/* {method.text}")
    lines += [f" *   {p.name}: {p.text}" for p in method.params if p.text]
    lines[-1] += " */"
    params = ", ".join(["seL4_CPtr service"] + [f"{TYPES[p.type]} {p.name}" for p in method.params])
    lines += [f"static inline {result_type(method)} {method.user}({params})", "{"]
    lines += [f"    seL4_SetCap({i}, {cap.name});" for i, cap in enumerate(method.caps)]
    words = method.words
    lines += [f"    seL4_SetMR({i}, {word_expression(words[i])});" for i in range(4, len(words))]
    for i in range(4):
        lines.append(f"    seL4_Word mr{i} = {word_expression(words[i]) if i < len(words) else 0};")
    lines += [f"    seL4_MessageInfo_t request = seL4_MessageInfo_new({label_name(method)}, 0, {len(method.caps)}, {len(words)});",
              "    seL4_MessageInfo_t info = seL4_CallWithMRs(service, request, &mr0, &mr1, &mr2, &mr3);",
              "    seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(info);",
              "    if (error) {"]
    lines += [f"        seL4_SetMR({i}, mr{i});" for i in range(4)]
    lines.append("    }")
    if method.results:
        lines.append(f"    return ({method.user}_t){{(int)error, {', '.join(f'mr{i}' for i in range(len(method.results)))}}};")
    else:
        lines.append("    return error;")
    return lines + ["}", ""]


def header(interface):
    lines = enums(interface)
    for method in interface.methods:
        if method.stub == "generated":
            lines += stub(method)
    return HEAD + "\n".join(lines) + "\n#endif\n"
