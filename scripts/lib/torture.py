# SPDX-License-Identifier: BSD-2-Clause
"""Every system test under each of the boot arguments of docs/testing.md, "Torture": what scripts/torture does.

One process for each case and argument, a few at a time. The table at the end has a line for each case that did not pass under all of them."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pagoda_qemu as pq

SYSTEM = pq.ROOT / "tests" / "system"
FLAGS = ["evict-always", "compress-always", "writeback-always", "fail-io=67", "fail-alloc=13"]
# They say themselves what their machines are tortured with, or count over a long time what torture changes.
OWN_TORTURE = ("torture", "soak")
SKIPPED = 77  # as tests/system/system.py has it


def units():
    return [path.stem.removesuffix("_test") for path in sorted(SYSTEM.glob("*_test.py")) if path.stem.removesuffix("_test") not in OWN_TORTURE]


def cases(unit):
    listing = subprocess.run([sys.executable, str(SYSTEM / f"{unit}_test.py"), "--list"], capture_output=True, text=True, check=True)
    return [(unit, name) for name in listing.stdout.split()]


def run(unit, name, flag, options):
    """Outcome of one case under one argument: ok, skipped, FAILED or TIMEOUT; its report; seconds."""
    command = [sys.executable, str(SYSTEM / f"{unit}_test.py"), "--debug-dir", options.debug_dir, "--release-dir", options.release_dir, name]
    start = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PAGODA_TORTURE": flag},
                          start_new_session=True, preexec_fn=pq.die_with_parent) as process:  # fmt: skip
        try:
            output = process.communicate(timeout=options.timeout)[0]
            outcome = {0: "ok", SKIPPED: "skipped"}.get(process.returncode, "FAILED")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its own session: the case and its machine
            output = process.communicate()[0]
            outcome = "TIMEOUT"
    return outcome, output.decode(errors="replace"), time.monotonic() - start


def file_name(unit, name, flag):
    return re.sub(r"[^\w.-]+", "_", f"{flag}.{unit}.{name}") + ".log"


def print_table(flags, results):
    """Rows: cases with any outcome but ok; then how many there were of each."""
    def row(first, cells):
        print(f"{first:<{width}}  " + "  ".join(f"{cell:>{max(len(flag), 7)}}" for cell, flag in zip(cells, flags, strict=True)))

    rows = {}
    for (unit, name, flag), outcome in results.items():
        rows.setdefault(f"{unit} {name}", {})[flag] = outcome
    bad = {name: cells for name, cells in rows.items() if any(outcome != "ok" for outcome in cells.values())}
    width = max([len(name) for name in bad] + [8])
    row("", flags)
    for name, cells in bad.items():
        row(name, [cells.get(flag, "-") for flag in flags])
    for outcome in ("ok", "skipped", "FAILED", "TIMEOUT"):
        row(outcome, [sum(o == outcome for (_, _, flag), o in results.items() if flag == f) for f in flags])


def parse():
    parser = pq.Parser(prog="torture", description="Runs every system test under each boot argument that makes the system's life hard (docs/testing.md), and prints a table.",
                       epilog="Exit status: 0 all passed or were skipped, 1 a case failed or did not end, 2 wrong usage.")  # fmt: skip
    parser.add_argument("flag", nargs="*", help=f"boot arguments, each a run of its own; several in one are quoted (default: {' '.join(FLAGS)})")
    parser.add_argument("--tests", metavar="REGEX", default="", help="only cases whose 'file case' matches, for example '^memory' or 'swap|block sd-card'")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="machines at a time (default: %(default)s)")
    parser.add_argument("--timeout", type=int, default=3000, help="seconds for one case (default: %(default)s)")
    parser.add_argument("--logs", default=str(pq.ROOT / "build" / "torture"), help="folder for the reports of cases that failed (default: %(default)s)")
    parser.add_argument("--debug-dir", default=str(pq.ROOT / "build" / "debug"), help="debug build (default: %(default)s)")
    parser.add_argument("--release-dir", default=str(pq.ROOT / "build" / "release"), help="release build, for what is compared with it (default: %(default)s)")
    parser.add_argument("--no-build", action="store_true", help="take the builds as they are")
    options = parser.parse_args()
    try:
        wanted = re.compile(options.tests)
    except re.error as error:
        parser.error(f"--tests: {error}")
    chosen = [case for unit in units() for case in cases(unit) if wanted.search(" ".join(case))]
    if not chosen:
        parser.error("--tests: no case matches")
    return options, chosen


def main():
    options, chosen = parse()
    if not options.no_build and not (pq.setup() and pq.build("debug") and pq.build("release")):
        return 1
    flags = options.flag or FLAGS
    logs = Path(options.logs)
    logs.mkdir(parents=True, exist_ok=True)
    results = {}

    def one(unit, name, flag):
        outcome, output, seconds = run(unit, name, flag, options)
        results[unit, name, flag] = outcome
        log = logs / file_name(unit, name, flag)
        log.unlink(missing_ok=True)
        if outcome in ("FAILED", "TIMEOUT"):
            log.write_text(output, encoding="utf-8")
        print(f"{outcome:8}{seconds:5.0f} s  {flag}  {unit} {name}", flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        for future in [pool.submit(one, unit, name, flag) for flag in flags for unit, name in chosen]:
            future.result()
    print_table(flags, dict(sorted(results.items())))
    bad = sum(outcome in ("FAILED", "TIMEOUT") for outcome in results.values())
    print(f"{len(results)} runs, {bad} not right{f'; their reports are in {logs}' if bad else ''}.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
