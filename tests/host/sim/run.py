#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Replay page traces over the pager's eviction policies; print a table, or check what must hold.

Faults are counted beyond the first touch of each page, and given as multiples of what the best possible replacement (Belady) needs.
"""
import argparse
import lzma
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GENERATED = ["cyclic", "zipf", "uniform", "phases", "scan-hot", "stack", "mixture", "turn"]
RECORDED = sorted((ROOT / "tests/traces").glob("*.trace.xz"))
MEMORY = "12%,25%,50%,75%"
BOUNDS = ["lru", "random"]
DOCS = ROOT / "docs/eviction.md"

# Of the default policy, how many times the optimum's faults at most, over all memory sizes of the table: what it reaches, and a little more.
# A policy that loses more than that has become worse.
WORST = {"cyclic": 1.6, "zipf": 3.7, "uniform": 3.9, "phases": 4.4, "scan-hot": 1.7, "stack": 4.05, "mixture": 3.1, "turn": 1.75,
         "cc1": 3.9, "python": 6.1, "sort": 3.1}
# Where the optimum has fewer faults than this a ratio says nothing.
FEW = 150


class Row:
    """One trace with one memory size: faults beyond first touches, and pages scanned per eviction, by policy."""

    def __init__(self, trace, pages, frames):
        self.trace, self.pages, self.frames = trace, pages, frames
        self.faults, self.scanned = {}, {}

    def times(self, policy):
        return self.faults[policy] / max(self.faults["optimum"], 1)


def simulate(sim, memory, trace):
    """The simulator's output for a generated trace (by name) or a recorded one (by path)."""
    if not str(trace).endswith(".xz"):
        command = [sim, memory, str(trace)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / pathlib.Path(trace).name.split(".")[0]
        path.write_bytes(lzma.decompress(pathlib.Path(trace).read_bytes()))
        return subprocess.run([sim, memory, path], capture_output=True, text=True, check=True).stdout


def parse(output):
    rows = {}
    for line in output.splitlines():
        trace, _, pages, frames, policy, faults, evicted, scanned, _ = line.split()
        row = rows.setdefault(frames, Row(trace, int(pages), int(frames)))
        row.faults[policy] = int(faults) - int(pages)
        row.scanned[policy] = int(scanned) / max(int(evicted), 1)
    return list(rows.values())


def table(rows):
    policies = [p for p in rows[0].faults if p not in BOUNDS + ["optimum", "switching"]]
    lines = ["| trace | pages | frames | optimum | " + " | ".join(BOUNDS + [f"**{p}**" for p in policies]) + " |", "|---" * (4 + len(BOUNDS) + len(policies)) + "|"]
    for row in rows:
        cells = [f"{row.times(p):.2f}" if row.faults["optimum"] >= FEW else f"+{row.faults[p] - row.faults['optimum']}" for p in BOUNDS + policies]
        lines.append(f"| {row.trace} | {row.pages} | {row.frames} | {row.faults['optimum']} | " + " | ".join(cells) + " |")
    lines.append("| geometric mean | | | | " + " | ".join(f"{mean(rows, p):.2f}" for p in BOUNDS + policies) + " |")
    lines.append("| the same, recorded traces | | | | " + " | ".join(f"{mean(recorded(rows), p):.2f}" for p in BOUNDS + policies) + " |")
    lines.append("| pages scanned per eviction | | | | | | " + " | ".join(f"{sum(r.scanned[p] for r in rows) / len(rows):.1f}" for p in policies) + " |")
    return "\n".join(lines) + "\n"


def recorded(rows):
    return [row for row in rows if row.trace not in GENERATED]


def mean(rows, policy):
    """Geometric mean over the rows whose optimum has faults enough."""
    product, n = 1.0, 0
    for row in rows:
        if row.faults["optimum"] >= FEW:
            product *= row.times(policy)
            n += 1
    return product ** (1 / n) if n else float("nan")


def check(rows):
    """What must hold of the figures; returns the violations."""
    wrong = []
    for row in rows:
        place = f"{row.trace} with {row.frames} frames"
        for policy, faults in row.faults.items():
            if faults < row.faults["optimum"]:
                wrong.append(f"{place}: {policy} is better than the optimum")
        if row.faults["optimum"] >= FEW and row.trace in WORST and row.times("generations") > WORST[row.trace]:
            wrong.append(f"{place}: generations needs {row.times('generations'):.2f} times the optimum's faults, more than {WORST[row.trace]}")
        if row.trace == "cyclic" and row.faults["generations"] > 1.1 * row.faults["optimum"] + 0.25 * (row.faults["lru"] - row.faults["optimum"]):
            wrong.append(f"{place}: generations does not resist the scan")
        worst = max(row.faults[p] for p in row.faults if p != "switching")
        if row.faults["switching"] > 1.25 * worst + 100:
            wrong.append(f"{place}: switching policies costs more than the worst of them")
    if mean(rows, "generations") > min(mean(rows, p) for p in ("lru", "clock")):
        wrong.append("the default is not the best on the whole")
    if mean(recorded(rows), "generations") > mean(recorded(rows), "clock"):
        wrong.append("the default is worse than CLOCK on recorded traces")
    return wrong


def block(text, name):
    """What is between the markers of a generated part of the docs."""
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", text, re.S)
    return match.group(1) if match else None


def check_example():
    """The example in the docs is the file that is compiled."""
    shown = block(DOCS.read_text(), "example")
    return [] if shown == "```c\n" + (HERE / "example_policy.c").read_text() + "```\n" else ["the example in docs/eviction.md is not example_policy.c"]


def write_docs(rows):
    text = DOCS.read_text()
    for name, content in (("table", table(rows)), ("example", "```c\n" + (HERE / "example_policy.c").read_text() + "```\n")):
        text = text.replace(f"<!-- {name} -->\n{block(text, name)}<!-- end -->", f"<!-- {name} -->\n{content}<!-- end -->")
    DOCS.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sim", default=ROOT / "build/host/tests/host/sim/evict_sim", help="the simulator (built by the host preset)")
    parser.add_argument("--memory", default=MEMORY, help="frames: numbers, or shares of the trace's pages (default %(default)s)")
    parser.add_argument("--write-docs", action="store_true", help="put table and example into docs/eviction.md")
    parser.add_argument("--check", action="store_true", help="check what must hold; print only what does not")
    parser.add_argument("--check-docs", action="store_true", help="the table in docs/eviction.md is this one")
    parser.add_argument("--check-example", action="store_true", help="the example in docs/eviction.md is the one compiled")
    parser.add_argument("traces", nargs="*", help=f"trace files (.xz or plain) or names: {', '.join(GENERATED)} (default: all of these and tests/traces)")
    options = parser.parse_args()

    traces = options.traces or GENERATED + RECORDED
    with ThreadPoolExecutor(2) as pool:
        try:
            outputs = list(pool.map(lambda trace: simulate(options.sim, options.memory, trace), traces))
        except subprocess.CalledProcessError as error:
            sys.exit(f"{error.cmd[0]}: {error.stderr.strip()}")
    rows = [row for output in outputs for row in parse(output)]
    wrong = []
    if options.check:
        wrong += check(rows)
        if simulate(options.sim, options.memory, "mixture") != outputs[traces.index("mixture")]:
            wrong.append("a second run gave other figures")
    if options.check_docs and block(DOCS.read_text(), "table") != table(rows):
        wrong.append("the table in docs/eviction.md is out of date: scripts/simulate --write-docs")
    if options.check_example:
        wrong += check_example()
    if options.write_docs:
        write_docs(rows)
    if not (options.check or options.check_docs or options.check_example or options.write_docs):
        print(table(rows), end="")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
