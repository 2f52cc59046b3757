#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots the kernel tests on one machine and checks that every test in the sources ran and passed."""

import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts" / "lib"))
import pagoda_qemu as pq  # noqa: E402


def expected_names():
    names = []
    for source in sorted(HERE.glob("*_test.c")):
        names += re.findall(r"^TEST\((\w+),", source.read_text(encoding="utf-8"), re.MULTILINE)
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        sys.exit(f"two tests have the same name: {sorted(repeated)}")
    return names


ERRORS = ["NoError", "InvalidArgument", "InvalidCapability", "IllegalOperation", "RangeError", "AlignmentError", "FailedLookup", "TruncatedMessage", "DeleteFirst",
          "RevokeFirst", "NotEnoughMemory"]
# The machine is off afterwards; a reply, not an invocation.
NOT_ANSWERED = {"pagoda_PowerOff", "pagoda_ReplyMap", "pagoda_ReplyMapCopy", "pagoda_ReplyMapFilled"}


def untested_answers(text):
    """Methods of objects.toml that no test has called with success, and declared errors that no test has provoked."""
    methods = tomllib.loads((pq.ROOT / "libs" / "abi" / "objects.toml").read_text(encoding="utf-8"))["method"]
    answered = {int(label): {ERRORS[int(error)] for error in errors.split()} for label, errors in re.findall(r"^# method (\d+) answered ([\d ]+)$", text, re.MULTILINE)}
    return [
        f"{method['user']}: no test gets {name}"
        for method in methods
        if method["user"] not in NOT_ANSWERED
        for name in ["NoError", *method.get("errors", [])]
        if name not in answered.get(method["label"], set())
    ]


def parse(arguments):
    parser = pq.Parser(prog="run_tests.py", description=__doc__)
    pq.add_machine_options(parser)
    parser.add_argument("--build-dir", default=str(pq.ROOT / "build" / "debug"), help="target build (default: %(default)s)")
    parser.add_argument("--append", default="", help="boot arguments")
    parser.add_argument("--icount", action="store_true", help="deterministic time")
    parser.add_argument("--timeout", type=float, default=240, help="seconds (default: %(default)s)")
    parser.add_argument("--tests", metavar="PREFIX", help="only tests whose names begin so")
    parser.add_argument("--verbose", action="store_true", help="show the whole console")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    machine = pq.machine_from(options, options.build_dir)
    machine.icount = options.icount
    machine.initrd = str(Path(options.build_dir) / "stripped" / "kernel_tests")
    machine.append = f"{options.append} poweroff=on-stop".strip()
    if "export=" not in options.append:
        machine.append += " export=vcnt,pmu"
    if options.icount:
        machine.append += " time=exact"
    if options.tests:
        machine.append += f" tests={options.tests}"
    if machine.machine == "raspi4b" and not pq.qemu_has("raspi4b"):
        print("SKIPPED, NOT TESTED: this QEMU has no raspi4b; scripts/setup installs one that has")
        return 1

    console = bytearray()

    def feed(data):
        console.extend(data)
        if options.verbose:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()

    ended = pq.run_console(machine, options.timeout, feed)
    text = console.decode(errors="replace").replace("\r\n", "\n")
    passed = re.findall(r"^ok (\w+)$", text, re.MULTILINE)
    failed = re.findall(r"^FAIL (\w+: .*)$", text, re.MULTILINE)
    total = re.search(r"^tests (\d+) passed (\d+) failed (\d+)$", text, re.MULTILINE)
    problems = [f"FAIL {line}" for line in failed]

    wanted = [name for name in expected_names() if not options.tests or name.startswith(options.tests)]
    seen = set(passed) | {line.split(":")[0] for line in failed}
    missing = [name for name in wanted if name not in seen]
    if missing:
        problems.append(f"{len(missing)} tests did not run, the first is {missing[0]}")
    if total is None:
        problems.append("the closing count is missing")
    elif [int(n) for n in total.groups()] != [len(wanted), len(passed), len(failed)]:
        problems.append(f"the closing count '{total[0]}' does not agree with {len(wanted)} tests, {len(passed)} ok, {len(failed)} failed")
    if ended is None:
        problems.append(f"no end after {options.timeout:g} s")
    elif ended != 0:
        problems.append(f"QEMU ended with status {ended}")
    if total is not None and not options.tests:
        problems += untested_answers(text)
    if problems:
        if total is None and not options.verbose:
            print("the last of the console:", *text.splitlines()[-25:], sep="\n  ")
        print(*problems, sep="\n")
        return 1
    print(f"{len(passed)} kernel tests passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
