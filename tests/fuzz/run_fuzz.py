#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots the kernel fuzzer with one seed after another; stops with the console's end at the first that does not finish."""

import re
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts" / "lib"))
import pagoda_qemu as pq  # noqa: E402


def seed_list(text):
    """'3', '1,5,9' or '1-20'"""
    seeds = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def parse(arguments):
    parser = pq.Parser(prog="run_fuzz.py", description=__doc__)
    pq.add_machine_options(parser)
    parser.add_argument("--build-dir", default=str(pq.ROOT / "build" / "debug"), help="target build (default: %(default)s)")
    parser.add_argument("--append", default="", help="boot arguments, for example asids=2")
    parser.add_argument("--seeds", type=seed_list, default=[1], help="as 3, 1,5,9 or 1-20 (default: 1)")
    parser.add_argument("--rounds", type=int, default=20000, help="operations for each seed (default: %(default)s)")
    parser.add_argument("--real-time", action="store_true", help="do not count instructions: faster, not repeatable")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for each seed (default: %(default)s)")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure")
    parser.add_argument("--verbose", action="store_true", help="show the console")
    return parser.parse_args(arguments)


def run_seed(options, seed):
    """None if the run ended as it must, else the reason and the end of the console."""
    machine = pq.machine_from(options, options.build_dir)
    machine.icount = not options.real_time
    machine.initrd = str(Path(options.build_dir) / "stripped" / "kernel_fuzz")
    machine.append = f"{options.append} poweroff=on-stop export=vcnt,pmu seed={seed} rounds={options.rounds}".strip()
    console = bytearray()

    def feed(data):
        console.extend(data)
        del console[: -(1 << 18)]
        if options.verbose:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()

    ended = pq.run_console(machine, options.timeout, feed)
    text = console.decode(errors="replace").replace("\r\n", "\n")
    if ended == 0 and re.search(rf"^fuzz seed {seed} rounds \d+ done$", text, re.MULTILINE) and "pagoda: kernel:" not in text:
        return None
    reason = f"no end after {options.timeout:g} s" if ended is None else "the kernel or the controller stopped"
    lines = [line for line in text.splitlines() if not line.startswith("thread ")]
    return "\n  ".join([f"seed {seed}: {reason}; the last of the console:", *lines[-40:]])


def main(arguments):
    options = parse(arguments)
    failures = 0
    for seed in options.seeds:
        start = time.monotonic()
        problem = run_seed(options, seed)
        if problem is None:
            print(f"seed {seed}: {options.rounds} rounds, {time.monotonic() - start:.1f} s", flush=True)
            continue
        print(problem, flush=True)
        failures += 1
        if not options.keep_going:
            return 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
