#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Search all states of the model of pages and frames (pages.pml) with spin; then see that it finds each of the mistakes built into it."""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).resolve().parent / "pages.pml"
TWO_PAGES = {"PAGES": 2, "FRAMES": 2}
SMALL = [{"FRAMES": 1, "STEPS": 2}, {"FRAMES": 2, "STEPS": 1}, {**TWO_PAGES, "STEPS": 1, "MOVES": 1}, {**TWO_PAGES, "STEPS": 2, "CHILD_STEPS": 1, "FAILURES": 0}]
LARGE = SMALL + [{"FRAMES": 1, "STEPS": 3}, {"FRAMES": 2, "STEPS": 2, "MOVES": 2}, {"FRAMES": 2, "STEPS": 3}, {"FORKS": 2, "FRAMES": 1, "STEPS": 1},
                 {**TWO_PAGES, "STEPS": 2, "CHILD_STEPS": 1, "MOVES": 1}]  # fmt: skip
MISTAKES = {1: "fork leaves the parent's page writable", 2: "a write in flight does not hold its frame", 3: "a page that is written keeps its old copy",
            4: "the end of a read wakes one of two that wait", 5: "a failed write passes for a good one", 6: "a frame in flight is moved to another place",
            7: "a page that is moved forgets its stored copy", 8: "fork counts a holder of the first page only"}


def search(folder, sizes, large=True):
    """Number of errors (at most 1: the search ends there) and of states. Where there are few, the compiler would take longer than the search."""
    defines = [f"-D{name}={value}" for name, value in sizes.items()]
    subprocess.run(["spin", *defines, "-a", MODEL], cwd=folder, check=True, capture_output=True)
    subprocess.run(["gcc", "-O1" if large else "-O0", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=6000", "-o", "pan", "pan.c"], cwd=folder, check=True)
    text = subprocess.run(["./pan", "-m200000", "-w24" if large else "-w20"], cwd=folder, capture_output=True, text=True).stdout
    errors = re.search(r"errors: (\d+)", text)
    states = re.search(r"(\S+) states, stored", text)
    if not errors or not states or ("Search not completed" in text and errors[1] == "0") or "max search depth too small" in text:
        sys.exit(f"the search did not end:\n{text}")
    return int(errors[1]), int(float(states[1])), text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="larger searches too: minutes, and some GiB of memory")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for sizes in LARGE if options.large else SMALL:
            errors, states, text = search(folder, sizes, large=options.large or sizes.get("PAGES") == 2)
            print(f"{sizes}: {states} states, {errors} errors", flush=True)
            if errors:
                failed = True
                print(text)
        for bug, what in MISTAKES.items():
            # Nothing else may happen than what it takes, or some show late.
            sizes = {**TWO_PAGES, "STEPS": 2, "CHILD_STEPS": 1, "FAILURES": int(bug == 5), "MOVES": int(bug in (6, 7))}
            errors, states, _ = search(folder, {**sizes, "BUG": bug}, large=False)
            print(f"mistake {bug}, {what}: {'found' if errors else 'NOT FOUND'} after {states} states", flush=True)
            failed = failed or not errors
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
