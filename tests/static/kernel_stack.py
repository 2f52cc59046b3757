#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reads the call graph of a linked kernel: nothing may call itself, directly or through others, and the deepest chain of calls must leave most of the kernel
stack free.

A call through a pointer counts as a call to every function whose address is taken anywhere: in data, or by an adrp/add pair in the text. Only what stands in a table
of NAMED_TABLES is called by nobody but those functions that take the table's address, and those that they call. The frame of a function is the sum of all steps by which it moves the
stack pointer down.
"""

import argparse
import re
import struct
import subprocess
import sys

OBJDUMP = "aarch64-linux-gnu-objdump"
STACK_BYTES = 16384  # KERNEL_STACK_BYTES
LIMIT_BYTES = STACK_BYTES // 4
NAMED_TABLES = ("object_handlers",)  # never reached but by their names

FUNCTION = re.compile(r"^([0-9a-f]+) <([^>]+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(?:[0-9a-f]{8} \t)?(\S+)\s*(.*)$")
TARGET = re.compile(r"<([^>+]+)(?:\+0x[0-9a-f]+)?>")
PUSH = re.compile(r"\[sp, #-(\d+)\]!")
LOWER = re.compile(r"^sp, sp, (?:#(0x[0-9a-f]+|\d+)(?:, lsl #(\d+))?|x\d+)")
UNKNOWN = 1 << 20  # bytes of a step that is not a constant: too much in any case
ENDS = {"ret", "eret", "b", "br", "brk", "udf", "bl"}  # the last instruction of what does not run into the next function


class Function:
    def __init__(self, name, address):
        self.name, self.address = name, address
        self.frame = 0
        self.calls = set()
        self.indirect = False
        self.taken = set()  # addresses
        self.last = None


def objdump(*arguments):
    return subprocess.run([OBJDUMP, *arguments], check=True, capture_output=True, text=True).stdout


def note_frame(function, operation, operands):
    push = PUSH.search(operands)
    lower = LOWER.match(operands) if operation == "sub" else None
    if push:
        function.frame += int(push[1])
    elif lower:
        function.frame += int(lower[1], 0) << int(lower[2] or 0) if lower[1] else UNKNOWN


def note_calls(function, operation, operands, recent):
    if operation == "blr" or (operation == "br" and "adr" not in recent):  # adr: the table of a switch
        function.indirect = True
    elif operation[0] in "bct" and (target := TARGET.search(operands)) and target[1] != function.name:
        function.calls.add(target[1])


def note_pages(pages, operation, operands, taken):
    """adrp x, page; add x, x, #low: an address taken."""
    words = [word.strip() for word in operands.split(",")]
    if operation == "adrp":
        pages[words[0]] = int(words[1].split()[0], 16)
    elif operation == "add" and len(words) > 2 and words[1] in pages and words[2].startswith("#"):
        pages[words[0]] = pages[words[1]] + int(words[2].split()[0][1:], 0)  # more may be added
        taken.add(pages[words[0]])


def read_text(elf):
    functions, function, pages, recent = {}, None, {}, []
    for line in objdump("-d", "--no-show-raw-insn", elf).splitlines():
        if start := FUNCTION.match(line):
            before = function
            function = functions[start[2]] = Function(start[2], int(start[1], 16))
            if before and before.last and before.last not in ENDS:
                before.calls.add(function.name)
            pages, recent = {}, []
        elif function and (found := INSTRUCTION.match(line)):
            _, operation, operands = found.groups()
            note_frame(function, operation, operands)
            note_calls(function, operation, operands, recent)
            note_pages(pages, operation, operands, function.taken)
            recent = [*recent[-3:], operation]
            if operation != "nop":
                function.last = operation
    return functions


def words_in_data(elf):
    """Address -> word, of all sections that hold constants or initialised variables."""
    words, content, wanted, start = {}, b"", False, 0
    for line in [*objdump("-s", elf).splitlines(), "Contents of section end:"]:
        if section := re.match(r"^Contents of section (\S+):", line):
            words.update((start + 8 * i, word) for i, (word,) in enumerate(struct.iter_unpack("<Q", content[: len(content) // 8 * 8])))
            content, wanted = b"", section[1].startswith((".rodata", ".data"))
        elif wanted and (found := re.match(r"^ ([0-9a-f]+) ((?:[0-9a-f]{2,8} ){1,4})", line)):
            start = start if content else int(found[1], 16)
            content += bytes.fromhex(found[2].replace(" ", ""))
    return words


def typed_functions(elf):
    """Symbols that are functions: labels in assembly without a type are places to jump to, not to call through a pointer."""
    return set(re.findall(r"^[0-9a-f]+ .{5}.F \S+\s[0-9a-f]+ (?:\.hidden )?(\S+)$", objdump("-t", elf), re.MULTILINE))


def table_ranges(elf):
    """First and last address of each of NAMED_TABLES that the kernel has."""
    symbols = re.findall(r"^([0-9a-f]+) .{5}.O \S+\s([0-9a-f]+) (?:\.hidden )?(\S+)$", objdump("-t", elf), re.MULTILINE)
    return [range(int(start, 16), int(start, 16) + int(size, 16)) for start, size, name in symbols if name in NAMED_TABLES]


def resolve_pointers(functions, elf):
    """Give each function with calls through pointers those that it may call. How many such functions, and how many may be called so."""
    words, typed, tables = words_in_data(elf), typed_functions(elf), table_ranges(elf)
    in_tables = [{words[address] for address in table if address in words} for table in tables]
    elsewhere = {word for address, word in words.items() if not any(address in table for table in tables)}.union(*(f.taken for f in functions.values()))
    by_address = {f.address: f.name for f in functions.values() if f.name in typed}

    def names(addresses):
        return {by_address[address] for address in addresses if address in by_address}

    callers = [f for f in functions.values() if f.indirect]
    for caller in callers:
        caller.calls |= names(elsewhere)
    for table, content in zip(tables, in_tables):
        takers = [f for f in functions.values() if any(address in table for address in f.taken)]
        reached = {f.name for f in takers}.union(*(f.calls for f in takers))
        if not any(caller.name in reached for caller in callers):
            return 0, 0
        for caller in callers:
            if caller.name in reached:
                caller.calls |= names(content)
    return len(callers), len(names(elsewhere))


def find_cycle(functions):
    """A list of functions that call each other in a ring, or None."""
    state = {}
    for root in functions:
        path = [(root, iter(sorted(functions[root].calls)))] if root not in state else []
        if path:
            state[root] = 1
        while path:
            name, rest = path[-1]
            callee = next(rest, None)
            if callee is None:
                state[name] = 2
                path.pop()
            elif state.get(callee) == 1:
                names = [step[0] for step in path]
                return names[names.index(callee):] + [callee]
            elif callee in functions and callee not in state:
                state[callee] = 1
                path.append((callee, iter(sorted(functions[callee].calls))))
    return None


def depths(functions):
    """For each function the bytes below it at most, and whom it calls on the way. There are no cycles."""
    deepest = {}

    def visit(name):
        if name not in deepest:
            below = [(visit(callee), callee) for callee in functions[name].calls if callee in functions]
            depth, callee = max(below, default=(0, None))
            deepest[name] = (depth + functions[name].frame, callee)
        return deepest[name][0]

    for name in functions:
        visit(name)
    return deepest


def main(arguments):
    parser = argparse.ArgumentParser(prog="kernel_stack.py", description=__doc__)
    parser.add_argument("elf", help="kernel.elf of a target build")
    options = parser.parse_args(arguments)
    functions = read_text(options.elf)
    n_callers, n_pointed_at = resolve_pointers(functions, options.elf)
    if len(functions) < 100 or not n_callers or not n_pointed_at:
        print(f"{len(functions)} functions, {n_callers} with calls through pointers, {n_pointed_at} pointed at: the disassembly was not understood")
        return 1
    if cycle := find_cycle(functions):
        print("recursion:", " -> ".join(cycle))
        return 1

    deepest = depths(functions)
    name = max(deepest, key=lambda n: deepest[n][0])
    depth = deepest[name][0]
    chain = []
    while name:
        chain.append(f"{name} ({functions[name].frame})")
        name = deepest[name][1]
    print(f"no recursion among {len(functions)} functions; the deepest chain takes {depth} of {STACK_BYTES} bytes:", *chain, sep="\n  ")
    if depth > LIMIT_BYTES:
        print(f"more than {LIMIT_BYTES} bytes")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
