#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where a linked pager can wait: of its system calls only those of its loop receive anything, and nothing but the loop calls these functions. So whatever it does
between a message and the answer (serving a fault, making room, bringing a page back) never waits for a message. Calls are invocations of kernel objects, which
answer at once: the pager holds no endpoint of another server. Sends are to reply objects and notifications, which wait for nobody either."""

import argparse
import re
import sys

from kernel_stack import FUNCTION, INSTRUCTION, objdump

LOOP = ("main", "serve", "on_fault", "on_quick_fault", "on_careful_fault", "on_request", "on_signal", "map_and_receive", "receive", "reply_and_receive",
        "seL4_ReplyRecvWithMRs")  # servers/pager/main.c, and what the debug build does not inline there
CLIENT = "ask_in_parts"  # of the C library's sbrk and munmap, which are for clients of the pager: what calls them is no part of it
STUBS = re.compile(r"^pager_region_\w+$")  # what alone may call that
NUMBERS = {"ReplyRecv": -2, "NBSendRecv": -3, "NBSendWait": -4, "Recv": -7, "Wait": -9, "Yield": -11}  # sel4/syscalls.h: what a thread can wait in
WAITING = {number: name for name, number in NUMBERS.items()}
NUMBER = re.compile(r"^x7, #(0x[0-9a-f]+|-?\d+)")
TARGET = re.compile(r"<([^>+]+)>")


def plain(name):
    """Without what the compiler adds to the names of parts and copies of a function."""
    return name.split(".")[0]


def system_calls(elf):
    """(function, number or None) of each system call, and (caller, callee) of each direct call or jump to a function."""
    made, calls, function, number = [], set(), "", None
    for line in objdump("-d", "--no-show-raw-insn", elf).splitlines():
        if start := FUNCTION.match(line):
            function, number = plain(start[2]), None
        elif found := INSTRUCTION.match(line):
            _, operation, operands = found.groups()
            if operation == "mov" and (value := NUMBER.match(operands)):
                number = int(value[1], 0)
                number -= (number >> 63) << 64
            elif operation == "svc":
                made.append((function, number))
            elif operation in ("b", "bl") and (target := TARGET.search(operands)) and plain(target[1]) != function:
                calls.add((function, plain(target[1])))
    return made, calls


def main(arguments):
    parser = argparse.ArgumentParser(prog="pager_waits.py", description=__doc__)
    parser.add_argument("elf", help="pager.elf of a target build")
    made, calls = system_calls(parser.parse_args(arguments).elf)
    unknown = [function for function, number in made if number is None]
    waiting = [(function, WAITING[number]) for function, number in made if number in WAITING]
    if unknown or len(made) < 10 or not waiting:
        print(f"{len(made)} system calls, {len(unknown)} of unknown number ({', '.join(sorted(set(unknown)))}): the disassembly was not understood")
        return 1
    wrong = [f"{function} waits in {name}" for function, name in waiting if function not in LOOP and function != CLIENT]
    wrong += [f"{caller} calls {callee}, which waits" for caller, callee in sorted(calls) if callee in LOOP[1:] and caller not in LOOP]
    wrong += [f"{caller} calls {callee}, which waits" for caller, callee in sorted(calls) if callee == CLIENT and not STUBS.match(caller)]
    print(*wrong or [f"{len(made)} system calls, {len(waiting)} of which wait, all of them in the loop"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
