#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does kernel_stack.py find what it is for? Small programs with recursion, with recursion through a pointer, and with a large frame."""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMPILER = "aarch64-linux-gnu-gcc"
FILLER = "".join(f"int filler{i}(int x) {{ return x * {i}; }}\n" for i in range(120))
POINTER = "int leaf(int x) { return x + 1; } int (*const table[])(int) = {leaf, %s}; int through(int x) { return table[x & 1](x) + 1; }\n"
PROGRAMS = {
    "fine": (POINTER % "filler3", "no recursion"),
    "recursion": (POINTER % "filler3" + "int odd(int); int even(int x) { return x ? odd(x - 1) * 3 : 1; } int odd(int x) { return x ? even(x - 1) + 5 : 0; }\n", "recursion: odd -> even -> odd"),
    "recursion through a pointer": ("int through(int);\n" + POINTER % "through", "recursion: through -> through"),
    "a large frame": (POINTER % "filler3" + "void use(volatile char *p) { *p = 1; } void large(void) { volatile char bytes[5000]; use(bytes); use(bytes + 1); }\n", "more than 4096 bytes"),
}


def judgement(folder, text):
    source, elf = folder / "program.c", folder / "program.elf"
    source.write_text(FILLER + text, encoding="utf-8")
    subprocess.run([COMPILER, "-O1", "-fno-inline", "-fno-optimize-sibling-calls", "-fno-ipa-cp", "-fno-stack-protector", "-fno-pic", "-no-pie", "-nostdlib", "-static",
                    "-Wl,-e,leaf", "-o", elf, source], check=True)
    run = subprocess.run([sys.executable, "-B", HERE / "kernel_stack.py", elf], capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def main():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, expected) in PROGRAMS.items():
            said = judgement(Path(folder), text)
            if expected not in said:
                print(f"{name}: wanted '{expected}', not: {said}")
                wrong += 1
    print(f"{len(PROGRAMS)} programs, {wrong} judged wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
