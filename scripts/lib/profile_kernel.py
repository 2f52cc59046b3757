# SPDX-License-Identifier: BSD-2-Clause
"""scripts/profile: run one measurement of the benchmark with every kernel instruction logged, and tell per function where they went.

A path is what happens between an entry from user mode (a vector of VBAR_EL1 + 0x400 and up) and the next one. Paths with the same
sequence of functions are one kind; the kinds that occur most often are printed, each with its instructions per function.
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
    parser.add_argument("--calls", action="store_true", help="also print each path as its sequence of functions")
    parser.add_argument("--timeout", type=float, default=300, metavar="S")
    return parser, parser.parse_args(arguments)


def symbols(elf):
    listing = subprocess.run(["aarch64-linux-gnu-nm", "-n", str(elf)], capture_output=True, text=True, check=True).stdout
    table = [(int(a, 16), name) for a, kind, name in (line.split() for line in listing.splitlines() if len(line.split()) == 3) if kind in "tT" and name[0] != "$"]
    return [a for a, _ in table], [n for _, n in table]


def paths(log, addresses, names, vectors):
    """Yield each path as a list of (function, instructions) runs."""
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
        name = names[bisect.bisect_right(addresses, pc) - 1]
        if runs and runs[-1][0] == name:
            runs[-1][1] += 1
        else:
            runs.append([name, 1])
    if runs:
        yield runs


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
    elf = build_dir / "kernel" / "kernel.elf"
    addresses, names = symbols(elf)
    vectors = addresses[names.index("vector_table")] if "vector_table" in names else None
    if vectors is None:
        parser.error("the kernel has no symbol 'vector_table'")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        machine = pq.Machine(cpu=options.cpu, build_dir=build_dir)
        machine.extra = ["-accel", "tcg,one-insn-per-tb=on", "-d", "exec,nochain", "-dfilter", f"{KERNEL_BASE:#x}+0x100000", "-D", str(log)]
        if options.command:
            pq.run_command(machine, options.command, options.timeout)
        else:
            machine.initrd = str(build_dir / "stripped" / "kernel_bench")
            machine.append = f"export=vcnt,pmu poweroff=on-stop tests={options.test}"
            pq.run_console(machine, options.timeout, lambda data: None)
        kinds = {}
        with open(log, encoding="ascii", errors="replace") as lines:
            for runs in paths(lines, addresses, names, vectors):
                key = tuple(name for name, _ in runs)
                count, total, _ = kinds.get(key, (0, 0, None))
                kinds[key] = (count + 1, total + sum(n for _, n in runs), runs)
        report(kinds, options.kinds, options.calls)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
