#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""cppcheck over the kernel: warnings, performance and portability; each is an error.

One check is off: unknownEvaluationOrder takes the designators of compound literals for assignments; gcc's -Wsequence-point (in -Wall) looks for the same.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
INCLUDES = ("kernel", "kernel/arch/include", "kernel/arch/aarch64", "libs/abi/include")


def main(arguments):
    build, defines = arguments[0], [f"-D{name}" for name in arguments[1:]]
    sources = sorted(str(path) for path in (ROOT / "kernel").rglob("*.c") if "arch/host" not in str(path))
    command = ["cppcheck", "--quiet", "--std=c11", "--platform=unix64", "--enable=warning,performance,portability", "--suppress=unknownEvaluationOrder", "--error-exitcode=1", "-D__aarch64__", *defines,
               *(f"-I{ROOT / folder}" for folder in INCLUDES), f"-I{build}", *sources]
    status = subprocess.run(command, check=False).returncode
    print(f"{len(sources)} files")
    return status if len(sources) > 50 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
