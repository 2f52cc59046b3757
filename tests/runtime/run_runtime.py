#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots the run-time test (a bare ELF root task that is linked without anything of this project's own start-up code) and reads what it says."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts" / "lib"))
import pagoda_qemu as pq  # noqa: E402


def parse(arguments):
    parser = pq.Parser(prog="run_runtime.py", description=__doc__)
    pq.add_machine_options(parser)
    parser.add_argument("--build-dir", default=str(pq.ROOT / "build" / "debug"), help="target build (default: %(default)s)")
    parser.add_argument("--append", default="", help="boot arguments")
    parser.add_argument("--unstripped", action="store_true", help="boot the ELF file as the linker wrote it, with symbols and debug information")
    parser.add_argument("--timeout", type=float, default=60, help="seconds (default: %(default)s)")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    machine = pq.machine_from(options, options.build_dir)
    build = Path(options.build_dir)
    machine.initrd = str(build / "tests" / "runtime" / "user_runtime.elf" if options.unstripped else build / "stripped" / "user_runtime")
    machine.append = options.append
    console = bytearray()
    ended = pq.run_console(machine, options.timeout, console.extend)
    said = [line for line in console.decode(errors="replace").replace("\r", "").splitlines() if line.startswith("runtime: ")]
    exports = [word for item in options.append.split() if item.startswith("export=") for word in item[7:].split(",")]
    wanted = [
        f"runtime: the cycle counter {'can' if 'pmu' in exports else 'cannot'} be read",
        f"runtime: benchmark calls {'exist' if 'bench' in exports else 'do not exist'}",
        "runtime: all came back after 12 rounds",
    ]
    if said != wanted or ended != 0:
        print(f"QEMU ended with {ended}; wanted {wanted}; the console:", console.decode(errors="replace")[-3000:], sep="\n")
        return 1
    print(*said, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
