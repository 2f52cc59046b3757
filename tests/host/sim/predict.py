#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Replay walks and page traces over the pager's prediction; print a table, or check what must hold and that docs/prediction.md has the table."""
import argparse
import lzma
import pathlib
import subprocess
import sys
import tempfile

from run import GENERATED, RECORDED, ROOT

DOCS = ROOT / "docs/prediction.md"
# A wrong guess costs at most a tenth over no prediction.
WORST_COST = 1.10
# What prediction is for: least share of the faults that it has to save.
LEAST_RECALL = {("sequential", "touch"): 0.95, ("reverse", "touch"): 0.95, ("cyclic", "half"): 0.95, ("scan-hot", "half"): 0.9, ("sort", "touch"): 0.5}


class Row:
    def __init__(self, line):
        self.trace, self.memory, *numbers = line.split()
        self.alone, self.faults, self.brought, self.used, cost = map(int, numbers)
        self.cost = cost / 1000
        self.recall = (self.alone - self.faults) / self.alone
        self.precision = self.used / self.brought if self.brought else None

    def cells(self):
        memory = {"touch": "plenty", "half": "half"}[self.memory]
        precision = "-" if self.precision is None else f"{100 * self.precision:.1f} %"
        return f"| {self.trace} | {memory} | {self.alone} | {self.faults} | {self.brought} | {precision} | {100 * self.recall:.1f} % | {self.cost:.2f} |"


def simulate(sim):
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for trace in RECORDED:
            files.append(pathlib.Path(folder) / trace.name.split(".")[0])
            files[-1].write_bytes(lzma.decompress(trace.read_bytes()))
        return [Row(line) for line in subprocess.run([sim, *GENERATED, *files], capture_output=True, text=True, check=True).stdout.splitlines()]


def table(rows):
    head = ["| trace | memory | faults alone | faults | brought ahead | precision | recall | cost |", "|---|---|---:|---:|---:|---:|---:|---:|"]
    return "\n".join(head + [row.cells() for row in rows]) + "\n"


def problems(rows):
    found = [f"{r.trace}, {r.memory}: costs {r.cost:.3f} of no prediction" for r in rows if r.cost > WORST_COST]
    recalls = {(r.trace, r.memory): r.recall for r in rows}
    found += [f"{t}, {m}: saves only {recalls[t, m]:.3f} of the faults" for (t, m), least in LEAST_RECALL.items() if recalls[t, m] < least]
    if table(rows) not in DOCS.read_text(encoding="utf-8"):
        found.append(f"the table in {DOCS.relative_to(ROOT)} is not what comes out")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sim", required=True, help="the program predict_sim")
    parser.add_argument("--check", action="store_true", help="check instead of printing")
    options = parser.parse_args()
    rows = simulate(options.sim)
    if not options.check:
        print(table(rows), end="")
        return 0
    found = problems(rows)
    for problem in found:
        print("FAILED " + problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
