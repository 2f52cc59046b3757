# SPDX-License-Identifier: BSD-2-Clause
"""scripts/profile: run one measurement of the benchmark with every kernel instruction logged, and tell per function where they went.

A path is what happens between an entry from user mode (a vector of VBAR_EL1 + 0x400 and up) and the next one. Paths with the same
sequence of functions are one kind; the kinds that occur most often are printed, each with its instructions per function.

With --faults a path is the whole service of one page fault: from the client's entry until the reply has been sent, the pager's own
functions included. All programs are linked to the same addresses; but what runs in user mode between a page fault and the reply to
it is the pager, which has no page faults itself.
"""

import bisect
import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pagoda_qemu as pq

TRACE = re.compile(r"\[[0-9a-f]+/([0-9a-f]{16})/")
KERNEL_BASE = 0xFFFFFFFF80000000
PROGRAM_BASE = 0x410000  # LAYOUT_PROGRAM_VA


def parse(arguments):
    parser = pq.Parser(
        prog="scripts/profile",
        description="Where the kernel instructions of one path go, per function. Runs one row of kernel_bench (a test of tests/bench/kernel_rows.c) "
        "or, with --command, shell lines.",
        allow_abbrev=False,
    )
    parser.add_argument("test", nargs="?", default="", help="prefix of the measurement's name, for example map_unmap or call_0")
    parser.add_argument("--command", metavar="LINES", help="profile these shell lines instead")
    parser.add_argument("--build", default="release", choices=["debug", "release"])
    parser.add_argument("--cpu", default="cortex-a72")
    parser.add_argument("--kinds", type=int, default=6, help="how many kinds of path to print (default: %(default)s)")
    parser.add_argument("--faults", action="store_true", help="whole page faults: kernel and pager (with --command)")
    parser.add_argument("--calls", action="store_true", help="also print each path as its sequence of functions")
    parser.add_argument("--timeout", type=float, default=300, metavar="S")
    options = parser.parse_args(arguments)
    if options.faults and not options.command:
        parser.error("--faults needs --command: kernel_bench has no pager")
    return parser, options


def symbols(elf):
    listing = subprocess.run(["aarch64-linux-gnu-nm", "-n", str(elf)], capture_output=True, text=True, check=True).stdout
    table = [(int(a, 16), name) for a, kind, name in (line.split() for line in listing.splitlines() if len(line.split()) == 3) if kind in "tT" and name[0] != "$"]
    return [a for a, _ in table], [n for _, n in table]


class Namer:
    """The function of an instruction: the kernel's by its address, all others the pager's."""

    def __init__(self, kernel, pager):
        self.kernel, self.pager = kernel, pager

    def __call__(self, pc):
        addresses, names = self.kernel if pc >= KERNEL_BASE else self.pager
        name = names[max(bisect.bisect_right(addresses, pc) - 1, 0)]
        return name if pc >= KERNEL_BASE else "pager: " + name


def paths(log, name_of, vectors):
    """Yield each path as a list of [function, instructions] runs: what the kernel executes, and the program that it returns to."""
    runs = []
    for line in log:
        match = TRACE.search(line)
        if match is None:
            continue
        pc = int(match[1], 16)
        if vectors + 0x400 <= pc < vectors + 0x600 and (pc & 0x7F) == 0:
            if runs:
                yield runs
            runs = []
        name = name_of(pc)
        if runs and runs[-1][0] == name:
            runs[-1][1] += 1
        else:
            runs.append([name, 1])
    if runs:
        yield runs


def kernel_part(runs):
    return [run for run in runs if not run[0].startswith("pager: ")]


def faults(all_paths):
    """Join the paths from a page fault to the reply that ends it."""
    joined = None
    for runs in all_paths:
        names = {name for name, _ in runs}
        if any("vm_fault" in name for name in names):
            joined = []
        if joined is None:
            continue
        if any("reply_recv" in name for name in names) or any("send_to_reply" in name for name in names):
            yield joined + kernel_part(runs)
            joined = None
        else:
            joined += runs


def report(kinds, how_many, calls):
    # Kinds that cost most in total first.
    for key, (count, total, runs) in sorted(kinds.items(), key=lambda kv: -kv[1][1])[:how_many]:
        print(f"\n{count} x {total // count} instructions")
        per_function = collections.Counter()
        for name, n in runs:
            per_function[name] += n
        for name, n in per_function.most_common():
            print(f"  {n:6}  {name}")
        if calls:
            print("  " + " ".join(f"{name}:{n}" for name, n in runs))


def main(arguments):
    parser, options = parse(arguments)
    build_dir = pq.ROOT / "build" / options.build
    if not pq.setup() or not pq.build(options.build):
        return 1
    addresses, names = symbols(build_dir / "kernel" / "kernel.elf")
    name_of = Namer((addresses, names), symbols(build_dir / "servers" / "pager" / "pager.elf"))
    vectors = addresses[names.index("vector_table")] if "vector_table" in names else None
    if vectors is None:
        parser.error("the kernel has no symbol 'vector_table'")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        where = f"{KERNEL_BASE:#x}+0x100000" + (f",{PROGRAM_BASE:#x}+0x100000" if options.faults else "")
        machine = pq.Machine(cpu=options.cpu, build_dir=build_dir)
        machine.extra = ["-accel", "tcg,one-insn-per-tb=on", "-d", "exec,nochain", "-dfilter", where, "-D", str(log)]
        if options.command:
            pq.run_command(machine, options.command, options.timeout)
        else:
            machine.initrd = str(build_dir / "stripped" / "kernel_bench")
            machine.append = f"export=vcnt,pmu,bench poweroff=on-stop tests={options.test}"
            pq.run_console(machine, options.timeout, lambda data: None)
        kinds = {}
        with open(log, encoding="ascii", errors="replace") as lines:
            found = paths(lines, name_of, vectors)
            for runs in faults(found) if options.faults else found:
                key = tuple(name for name, _ in runs)
                count, total, _ = kinds.get(key, (0, 0, None))
                kinds[key] = (count + 1, total + sum(n for _, n in runs), runs)
        report(kinds, options.kinds, options.calls)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
