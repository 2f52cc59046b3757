# SPDX-License-Identifier: BSD-2-Clause
"""scripts/bench: boot the release image under a deterministic instruction clock, measure, print beside budgets and peers."""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pagoda_qemu as pq

ROWS = pq.ROOT / "tests" / "bench" / "rows.toml"
OVERCOMMIT_MEMORY = "128M"
OVERCOMMIT_DISK = "512M"
OVERCOMMIT_FREE = 20012  # FREE_PAGES of tests/bench/overcommit.c
OVERCOMMIT_PROBES = 5
OVERCOMMIT_PAGES = 2 * OVERCOMMIT_FREE
SCALING_LIMIT = 1.05
ROW_LINE = re.compile(rb"^row (\S+) (\d+)\r?$", re.MULTILINE)


def parse(arguments):
    parser = pq.Parser(
        prog="scripts/bench",
        description="Measure Pagoda in instructions (QEMU -icount shift=0: one instruction is one nanosecond). A measurement, not a test:"
        " the exit status only tells whether everything could be measured.",
        allow_abbrev=False,
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="measure only the rows whose name contains one of these words (default: all)")
    parser.add_argument("--cpu", default="cortex-a72", help="CPU model (default: %(default)s)")
    parser.add_argument("--memory", default="512M", help="RAM (default: %(default)s)")
    parser.add_argument("--build", default="release", choices=["debug", "release"], help="which build (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="where the figures go as JSON (default: build/<build>/bench.json)")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown, as docs/benchmark.md has it")
    parser.add_argument("--timeout", metavar="S", type=float, default=300, help="stop a side after S seconds (default: %(default)s)")
    parser.add_argument("--build-dir", metavar="DIR", help="measure this build folder as it is; nothing is installed or built")
    return parser, parser.parse_args(arguments)


def figures(console):
    return {name.decode(): int(value) for name, value in ROW_LINE.findall(console)}


def measure_kernel(machine, timeout):
    """The root task kernel_bench.elf measures the kernel alone."""
    machine.initrd = str(machine.build_dir / "stripped" / "kernel_bench")
    machine.append = "export=vcnt,pmu,bench poweroff=on-stop"
    console = bytearray()
    if pq.run_console(machine, timeout, console.extend) is None:
        print("bench: the kernel side did not end; its last output:\n" + console[-1500:].decode(errors="replace"), file=sys.stderr)
    for line in console.splitlines():
        if line.startswith(b"FAIL"):
            print("bench: " + line.decode(errors="replace"), file=sys.stderr)
    return figures(bytes(console))


def measure_client(machine, timeout):
    """The program bench measures from inside a process."""
    result = pq.run_command(machine, "bench", timeout)
    if result.status != 0:
        tail = (result.output + result.console)[-1500:].decode(errors="replace")
        print(f"bench: the client side ended with status {result.status}; its last output:\n{tail}", file=sys.stderr)
    return figures(result.output)


def measure_compaction(machine, timeout):
    """Every other page of 64 MiB is given back; what moving one of the others takes, by the clock of the shell: whatever else a pass does is included."""
    result = pq.run_command(machine, "optimize auto off; holes 64 2 stay; optimize compact", timeout)
    match = re.search(rb"^compact: (\d+) ns a page\.", result.output, re.MULTILINE)
    if result.status != 0 or match is None:
        tail = (result.output + result.console)[-1500:].decode(errors="replace")
        print(f"bench: compaction ended with status {result.status}; its last output:\n{tail}", file=sys.stderr)
        return {}
    return {"compact_page": int(match[1])}


def run_overcommit(machine, case, arguments, timeout):
    """The program overcommit, in a machine of its own; the cases of the disk get one."""
    with tempfile.TemporaryDirectory() as folder:
        command = f"overcommit {case} {arguments}".strip()
        if case.startswith("disk"):
            disk = Path(folder) / "swap.img"
            pq.make_disk(disk, OVERCOMMIT_DISK)
            machine.disks = [pq.Disk(str(disk))]
            # Virtual time must not run ahead while all wait for the disk, or requests look overdue.
            machine.icount, machine.extra = False, ["-icount", "shift=0,sleep=on"]
            command = "disk format 0; swap on; " + command
        result = pq.run_command(machine, command, timeout)
    if result.status != 0:
        tail = (result.output + result.console)[-1500:].decode(errors="replace")
        print(f"bench: overcommit {case} ended with status {result.status}; its last output:\n{tail}", file=sys.stderr)
    return figures(result.output)


def sized(machine, ram):
    """A machine of which so many bytes of RAM are used."""
    made = machine()
    made.append = f"mem={ram}"
    return made


def measure_overcommit(machine, case, timeout):
    """One case; a working set in so much RAM as leaves OVERCOMMIT_FREE pages to it, which a few starts find out."""
    if case == "pages":
        return run_overcommit(machine(), case, "", timeout)
    ram = pq.memory_bytes(OVERCOMMIT_MEMORY)
    for _ in range(OVERCOMMIT_PROBES):
        values = run_overcommit(sized(machine, ram), case, "free", timeout)
        excess = values.get(case + "_free", OVERCOMMIT_FREE) - OVERCOMMIT_FREE
        if abs(excess) <= OVERCOMMIT_FREE // 500:
            return run_overcommit(sized(machine, ram), case, "", timeout)
        ram -= excess * 4096
    print(f"bench: {case}: no size of RAM leaves {OVERCOMMIT_FREE} pages free", file=sys.stderr)
    return {}


def measure_scaling(rows, machine, timeout):
    """Each case of the program scaling, and the plain one for comparison, in the memory that the row names; the budget is SCALING_LIMIT of the plain figure."""
    runs, values = {}, {}
    for row in [None, *rows]:
        case, memory = (row["case"], row.get("memory")) if row else ("plain", None)
        if (case, memory) not in runs:
            result = pq.run_command(machine(memory) if memory else machine(), f"scaling {case}", timeout)
            if result.status != 0:
                tail = (result.output + result.console)[-1500:].decode(errors="replace")
                print(f"bench: scaling {case} ended with status {result.status}; its last output:\n{tail}", file=sys.stderr)
            runs[case, memory] = figures(result.output)
        if row is None:
            continue
        plain = runs["plain", None].get("scaling_plain_" + row["fault"])
        values["counter_check"] = runs[case, memory].get("counter_check")
        if plain and (value := runs[case, memory].get(f"scaling_{case}_{row['fault']}")):
            values[row["name"]] = value
            row["budget"] = int(plain * SCALING_LIMIT)
            row["peers"] = f"{plain} plainly"
    return values


def optimum(case, resident):
    """Faults of the best possible replacement for the accesses of a case, with as many frames as its pages had; None: no simulator."""
    if not pq.build("host", ["evict_sim"]):
        return None
    sim = pq.ROOT / "build" / "host" / "tests" / "host" / "sim" / "evict_sim"
    trace = f"thrash:{case.split('_')[1]}:{OVERCOMMIT_PAGES}:{2 * OVERCOMMIT_PAGES}"
    output = subprocess.run([sim, str(resident), trace], capture_output=True, text=True, check=True).stdout
    faults = next(int(line.split()[5]) for line in output.splitlines() if line.split()[4] == "optimum")
    return faults - OVERCOMMIT_PAGES  # first touches are no major faults


def measure_overcommits(rows, machine, timeout):
    """All cases that the rows need. Rows of faults tell the optimum beside the peers."""
    values = {}
    for case in dict.fromkeys(row["case"] for row in rows):
        values |= measure_overcommit(machine, case, timeout)
    for row in rows:
        resident = values.get(row["case"] + "_resident")
        if row["name"].endswith("_faults") and resident and (best := optimum(row["case"], resident)):
            row["peers"] += f"; best possible with the {resident} frames it had: {best}"
    return values


def measure_image(build_dir):
    """Sizes of what was built."""
    kernel = build_dir / "kernel" / "kernel.elf"
    sizes = subprocess.run(["aarch64-linux-gnu-size", "-A", str(kernel)], capture_output=True, text=True, check=False).stdout
    match = re.search(r"^\.text +(\d+)", sizes, re.MULTILINE)
    return {"kernel_text": int(match[1])} if match else {}


def verdict(row, value):
    if value is None:
        return "not measured"
    if "exact" in row:
        return "ok" if value == row["exact"] else f"must be {row['exact']}"
    if "budget" not in row:
        return ""
    ratio = value / row["budget"]
    return "reached" if ratio <= 1 else f"{ratio:.2f} x"


def table(rows, values, markdown):
    columns = [("operation", "measured", "budget", "", "peers")]
    for row in rows:
        value = values.get(row["name"])
        columns.append(
            (row["text"], "-" if value is None else f"{value}", f"{row.get('budget', row.get('exact', '-'))}", verdict(row, value), row.get("peers", ""))
        )
    if markdown:
        lines = ["| " + " | ".join(line) + " |" for line in columns]
        return "\n".join([lines[0], "|---|---:|---:|---|---|", *lines[1:]])
    widths = [max(len(line[i]) for line in columns) for i in range(5)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d:<{widths[3]}}  {e}".rstrip() for a, b, c, d, e in columns
    )


def main(arguments):
    parser, options = parse(arguments)
    build_dir = Path(options.build_dir) if options.build_dir else pq.ROOT / "build" / options.build
    if options.build_dir is None and not (pq.setup() and pq.build(options.build)):
        print("bench: the build failed; its messages are above", file=sys.stderr)
        return 1

    rows = [row for row in tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]
            if not options.rows or any(word in row["name"] for word in options.rows)]
    if not rows:
        parser.error("no row is called that")

    def of(side):
        return [row for row in rows if row["side"] == side]

    def machine(memory=options.memory):
        return pq.Machine(cpu=options.cpu, memory=memory, build_dir=build_dir, icount=True)

    sides, compaction = [], {}
    try:
        if of("client"):
            sides.append(measure_client(machine(), options.timeout))
        if of("kernel"):
            sides.append(measure_kernel(machine(), options.timeout))
        if of("compact"):
            compaction = measure_compaction(machine(), options.timeout)
        if of("scaling"):
            sides.append(measure_scaling(of("scaling"), machine, options.timeout))
        if of("overcommit"):
            sides.append(measure_overcommits(of("overcommit"), lambda: machine(OVERCOMMIT_MEMORY), options.timeout))
    except pq.UsageError as error:
        parser.error(str(error))
    for side in sides:
        if side.get("counter_check") != 101:
            print(f"bench: the counter counts {side.get('counter_check')} for 100 nops, not 101: no figure can be trusted", file=sys.stderr)
            return 1
    values = measure_image(build_dir) | compaction
    for side in sides:
        values = side | values
    print(table(rows, values, options.markdown))
    target = Path(options.json) if options.json else build_dir / "bench.json"
    report = {"cpu": options.cpu, "memory": options.memory, "build": options.build, "unit": "instructions",
              "rows": {row["name"]: {"measured": values.get(row["name"]), "budget": row.get("budget")} for row in rows}}
    target.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    missing = [row["name"] for row in rows if row["name"] not in values]
    if missing:
        print("bench: not measured: " + ", ".join(missing), file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
