#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the kernel tests on kernels with seeded bugs (kernel/mutants.h) and checks that each bug is found by what is to find it."""

import re
import struct
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts" / "lib"))
import pagoda_qemu as pq  # noqa: E402

MARK = b"pagoda mutant:\0\0"  # struct mutant_choice; the number stands behind it

STALE = r"TLB oracle: stale entry: back to the user "

# Per mutant: tests (prefix of their names), boot arguments, and what must be on the console.
FOUND_BY = {
    "ASID_FREED_NOT_INVALIDATED": ("asid_of_", "", r"TLB oracle: ASID \d+ handed out .* without invalidation"),
    "ASID_LIVE_HANDED_OUT": ("vspace_", "asids=4", r"TLB oracle: ASID \d+ handed out .* \(TTBR0 still has it\)"),
    "ASID_HANDED_OUT_TWICE": ("vspace_", "", r"TLB oracle: live ASID \d+ handed out again"),
    "ASID_RESTART_FORGOTTEN": ("asid_generations", "asids=2", r"TLB oracle: wrong ASID in TTBR0"),
    "ROLLOVER_NOT_INVALIDATED": ("vspace_", "asids=4", r"TLB oracle: ASID \d+ handed out .* without invalidation"),
    "ROLLOVER_NOT_SYNCHRONISED": ("asid_two_switches", "asids=2", r"TLB oracle: ASID \d+ handed out .* \(TTBR0 still has it\)"),
    "TTBR0_WRONG_ASID": ("vspace_", "", r"TLB oracle: wrong ASID in TTBR0"),
    "TTBR0_KEPT": ("asid_of_", "", r"TLB oracle: back to the user with ASID \d+ in TTBR0, which was given back"),
    "TTBR0_NOT_SYNCHRONISED": ("asid_of_", "", r"TLB oracle: ASID \d+ handed out .* without invalidation"),
    "TLBI_OPERAND_SHIFT": ("page_", "", STALE + "without an invalidation that covers it"),
    "TLBI_WRONG_ASID": ("page_", "", STALE + "without an invalidation that covers it"),
    "TLBI_LOCAL": ("page_", "", STALE + "without an invalidation that covers it"),
    "TLBI_CURRENT_ONLY": ("vspace_", "", STALE + "without an invalidation that covers it"),
    "DSB_BEFORE_TLBI_MISSING": ("page_", "", r"TLB oracle: back to the user after a store without barrier"),
    "DSB_AFTER_TLBI_MISSING": ("page_", "", r"TLB oracle: .*back to the user without waiting for"),
    "HARVEST_NOT_INVALIDATED": ("paging_harvest_", "", STALE + "without an invalidation that covers it"),
    "UNMAP_NOT_INVALIDATED": ("page_", "", STALE + "without an invalidation that covers it"),
    "UNMAP_STALE_CAPABILITY": ("page_unmap_after", "", r"FAIL page_unmap_after_its_table_was_replaced_leaves_the_new_page"),
    "BREAK_BEFORE_MAKE_MISSING": ("page_", "", r"TLB oracle: valid entry changed without break-before-make"),
    "GROUP_NOT_BROKEN": ("paging_group_of_which_a_page_is_unmapped", "", r"TLB oracle: group of which not all entries are alike"),
    "GROUP_BROKEN_IN_PLACE": ("paging_group_", "", r"TLB oracle: valid entry changed without break-before-make"),
    "GROUP_BROKEN_BY_PAGES": ("paging_group_", "", r"TLB oracle: entry made while others beside it are in a group"),
    "GROUP_OF_FIFTEEN": ("paging_group_", "", r"TLB oracle: entry made while others beside it are in a group"),
    "TABLE_INVALIDATED_AS_PAGE": ("page_table_", "", STALE + "without an invalidation that covers it"),
    "TABLE_FREED_EARLY": ("page_table_", "", r"TLB oracle: table in use is overwritten"),
    "CODE_NOT_UNIFIED": ("page_", "", r"TLB oracle: page \w+ becomes executable"),
}


def mutants():
    """The names in the order of their numbers, from 1 on."""
    header = (HERE.parent.parent / "kernel" / "mutants.h").read_text(encoding="utf-8")
    names = re.findall(r"^    MUTANT_(\w+),", header, re.MULTILINE)
    if names[0] != "NONE" or set(names[1:]) != set(FOUND_BY):
        sys.exit(f"kernel/mutants.h and FOUND_BY differ: {sorted(set(names[1:]) ^ set(FOUND_BY))}")
    return names


def mutate(image, number):
    """The image with that mutant chosen."""
    at = image.find(MARK)
    if at < 0 or image.find(MARK, at + 1) >= 0:
        sys.exit("the image has no mutants: is it that of the preset 'mutants'?")
    return image[: at + len(MARK)] + struct.pack("<I", number) + image[at + len(MARK) + 4 :]


def boot(options, name, number, tests, append):
    """Run tests on the mutant; the console's text."""
    machine = pq.machine_from(options, options.build_dir)
    machine.icount = True
    machine.initrd = str(Path(options.debug_dir) / "stripped" / "kernel_tests")
    machine.append = f"{append} poweroff=on-stop export=vcnt,pmu time=exact tests={tests}"
    console = bytearray()
    with tempfile.TemporaryDirectory(prefix="pagoda-mutant-") as folder:
        machine.image = str(Path(folder) / f"{name}.img")
        Path(machine.image).write_bytes(mutate((Path(options.build_dir) / "pagoda.img").read_bytes(), number))
        pq.run_console(machine, options.timeout, console.extend)
    if options.verbose:
        print(console.decode(errors="replace"))
    return console.decode(errors="replace").replace("\r\n", "\n")


def check_original(options, tests, append):
    """The same kernel without a bug: all those tests pass."""
    total = re.search(r"^tests (\d+) passed (\d+) failed 0$", boot(options, "NONE", 0, tests, append), re.MULTILINE)
    if total is None or total[1] != total[2] or total[1] == "0":
        print(f"NONE: the tests '{tests}*' do not pass on the kernel without a bug ({append or 'no boot arguments'})")
        return False
    return True


def check_mutant(options, name, number):
    tests, append, found_by = FOUND_BY[name]
    text = boot(options, name, number, tests, append)
    found = re.search(found_by, text)
    if found is None:
        print(f"{name}: not found by what is to find it: {found_by}", "the last of the console:", *text.splitlines()[-12:], sep="\n  ")
        return False
    print(f"{name}: found: {found[0]}")
    return True


def main(arguments):
    parser = pq.Parser(prog="run_mutants.py", description=__doc__)
    pq.add_machine_options(parser)
    parser.add_argument("--build-dir", default=str(pq.ROOT / "build" / "mutants"), help="build of the preset mutants (default: %(default)s)")
    parser.add_argument("--debug-dir", default=str(pq.ROOT / "build" / "debug"), help="build with the test program (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for each boot (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--verbose", action="store_true", help="show the consoles")
    parser.add_argument("names", nargs="*", help="mutants; NONE: the kernel without a bug must pass (default: all)")
    options = parser.parse_args(arguments)
    numbers = {name: number for number, name in enumerate(mutants())}
    if options.list:
        print(*numbers, sep="\n")
        return 0
    unknown = set(options.names) - set(numbers)
    if unknown:
        parser.error(f"no such mutant: {sorted(unknown)}")
    good = True
    for name in options.names or numbers:
        if name == "NONE":
            for tests, append in sorted({(tests, append) for tests, append, _ in FOUND_BY.values()}):
                good &= check_original(options, tests, append)
        else:
            good &= check_mutant(options, name, numbers[name])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
