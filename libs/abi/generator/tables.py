# SPDX-License-Identifier: BSD-2-Clause
"""generated/errors.h and generated/abi_tables.c: error numbers, names, texts; operation names."""


def errors_header(interface):
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */",
             "/* Made by libs/abi/generate.py from errors.toml. Errors that a server answers with (message label; 0 = success). */",
             "#ifndef GENERATED_ERRORS_H", "#define GENERATED_ERRORS_H", "", "#include <stdint.h>", "",
             "enum pagoda_error {", "    PAGODA_OK = 0,"]
    lines += [f"    PAGODA_ERR_{e.name} = {e.number}, /* {e.text} */" for e in interface.errors]
    lines += ["    PAGODA_ERRORS", "};", "",
              "/* Each takes any number; one that is no error gives \"unknown error\", \"?\" and EIO. */",
              "const char *pagoda_error_text(uint64_t error);", "const char *pagoda_error_name(uint64_t error);",
              "int pagoda_error_errno(uint64_t error);", "", "#endif", ""]
    return "\n".join(lines)


def operation_names(protocol):
    lines = [f"const char *{protocol.name}_operation_name(uint64_t operation)", "{",
             "    static const char *const names[] = {"]
    lines += [f"        [{o.number}] = \"{o.name}\"," for o in protocol.operations]
    return lines + ["    };", f"    return operation >= 1 && operation <= {len(protocol.operations)} ? names[operation] : \"?\";", "}", ""]


def source(interface):
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */", "/* Made by libs/abi/generate.py. Names and texts of errors and operations. */",
             "#include <errno.h>", "", "#include \"generated/errors.h\""]
    lines += [f"#include \"generated/{p.name}_protocol.h\"" for p in interface.protocols]
    lines += ["", "static const struct {", "    const char *name, *text;", "    int number;", "} errors[PAGODA_ERRORS] = {",
              "    [PAGODA_OK] = { \"OK\", \"success\", 0 },"]
    lines += [f"    [PAGODA_ERR_{e.name}] = {{ \"{e.name}\", \"{e.text}\", {e.errno} }}," for e in interface.errors]
    lines += ["};", ""]
    for name, kind, member, other in (("text", "const char *", "text", '"unknown error"'), ("name", "const char *", "name", '"?"'),
                                      ("errno", "int ", "number", "EIO")):
        lines += [f"{kind}pagoda_error_{name}(uint64_t error)", "{",
                  f"    return error < PAGODA_ERRORS ? errors[error].{member} : {other};", "}", ""]
    for protocol in interface.protocols:
        lines += operation_names(protocol)
    return "\n".join(lines)
