# SPDX-License-Identifier: BSD-2-Clause
"""scripts/bench: boot the release image under a deterministic instruction clock, measure, print beside budgets and peers."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pagoda_qemu as pq

ROWS = pq.ROOT / "tests" / "bench" / "rows.toml"
ROW_LINE = re.compile(rb"^row (\S+) (\d+)\r?$", re.MULTILINE)


def parse(arguments):
    parser = pq.Parser(
        prog="scripts/bench",
        description="Measure Pagoda in instructions (QEMU -icount shift=0: one instruction is one nanosecond). A measurement, not a test:"
        " the exit status only tells whether everything could be measured.",
        allow_abbrev=False,
    )
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
    ratio = value / row["budget"]
    return "reached" if ratio <= 1 else f"{ratio:.2f} x"


def table(rows, values, markdown):
    columns = [("operation", "measured", "budget", "", "peers")]
    for row in rows:
        value = values.get(row["name"])
        columns.append(
            (row["text"], "-" if value is None else f"{value}", f"{row.get('budget', row.get('exact'))}", verdict(row, value), row.get("peers", ""))
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

    def machine():
        return pq.Machine(cpu=options.cpu, memory=options.memory, build_dir=build_dir, icount=True)

    try:
        values = measure_client(machine(), options.timeout)
        kernel = measure_kernel(machine(), options.timeout)
    except pq.UsageError as error:
        parser.error(str(error))
    if values.get("counter_check") != 101 or kernel.get("counter_check") != 101:
        print(f"bench: the counter counts {values.get('counter_check')} and {kernel.get('counter_check')} for 100 nops, not 101: "
              "no figure can be trusted", file=sys.stderr)
        return 1
    rows = tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]
    values = kernel | values | measure_image(build_dir)
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
