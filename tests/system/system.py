# SPDX-License-Identifier: BSD-2-Clause
"""What the system tests have in common: cases, booting, what to check.

A case is a function with a Context; it fails by an exception, with the whole console in the report. The file's main() lists the cases
(--list) or runs those named (all without a name)."""

import functools
import os
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import pagoda_qemu as pq  # noqa: E402

# Boot arguments that every machine of every case gets, in a debug build: docs/testing.md, torture.
TORTURE = os.environ.get("PAGODA_TORTURE", "")
SLOWER = 10 if TORTURE else 1  # times the time that anything may take
IN_USE = r"\d{1,2}" if "always" in TORTURE else "0"  # slots of the disk after programs have ended: of the shell, whose own pages leave, too
SKIPPED = 77  # ctest shows it as skipped, by name


class Skip(Exception):
    """This machine cannot run the case: said loudly, never counted as passed."""


class Failure(AssertionError):
    pass


class Context:
    def __init__(self, debug_dir, release_dir):
        self.dirs = {"debug": Path(debug_dir), "release": Path(release_dir)}
        self.console = b""

    def machine(self, build="debug", **settings):
        machine = pq.Machine(build_dir=self.dirs["debug" if TORTURE else build], **settings)
        machine.append = f"{machine.append} {TORTURE}".strip()
        if machine.machine == "raspi4b":
            machine.memory = settings.get("memory", pq.RASPI_RAM)
            if not pq.qemu_has("raspi4b"):
                raise Skip("THE RASPBERRY PI 4 WAS NOT TESTED: this QEMU has no raspi4b; scripts/setup installs one that has")
        return machine

    def command(self, lines, status=0, timeout=120, build="debug", **settings):
        """Run shell lines on a fresh machine; checks the exit status; the output as text."""
        result = pq.run_command(self.machine(build, **settings), lines, timeout * SLOWER)
        self.console = result.console + b"\n--- output of the command:\n" + result.output
        if result.status != status:
            raise Failure(f"'{lines}' ended with status {result.status}, not {status}")
        return result.output.decode(errors="replace")

    def boot(self, timeout=60, until=None, build="debug", append="", **settings):
        """Boot without a command; returns (QEMU's exit status or None after the timeout, console text)."""
        machine = self.machine(build, append=append, **settings)
        machine.append = f"{machine.append} poweroff=on-stop".strip()
        console = bytearray()
        ended = pq.run_console(machine, timeout * SLOWER, console.extend, (lambda: until in console) if until else None)
        self.console = bytes(console)
        return ended, console.decode(errors="replace").replace("\r\n", "\n")


def expect(condition, text):
    if not condition:
        raise Failure(text)


def expect_match(pattern, text):
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise Failure(f"nothing matches {pattern!r}")
    return match


def settling(seconds):
    """As much time as a program needs to start and read what is typed, which it does not tell: what is typed before is the shell's, and its ^C ends nothing."""
    return seconds * SLOWER


def settle(seconds):
    time.sleep(settling(seconds))


def on_host(*command):
    """The output of a program of this machine."""
    return subprocess.run(command, capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout.decode()


def free_pages(text):
    """Free pages of each 'stats ram' in the output, in order."""
    return [int(n) for n in re.findall(r"^free +(\d+) ", text, re.MULTILINE)]


def resident_in_servers(text):
    """Pages that the shell and the servers with memory of their own have, in each 'ps' in the output."""
    tables = re.findall(r"^ *PID PPID .*\n((?: *\d+ .*\n)+)", text, re.MULTILINE)
    return [sum(int(kib) // 4 for kib in re.findall(r" \d+[KMG] +(\d+)K .* (?:shell|console|process)$", rows, re.MULTILINE)) for rows in tables]


# Lines that count what is free, for expect_all_back().
COUNT_FREE = "ps; stats ram; ps"


def expect_all_back(text, counts):
    """The last `counts` COUNT_FREE in the output tell of the same free memory, but for what the servers have touched of their own buffers and tables in between."""
    free = free_pages(text)[-counts:]
    servers = resident_in_servers(text)[-2 * counts :]
    expect(len(free) == counts and len(servers) == 2 * counts and min(servers) > 20, f"wrong reports: {free} pages free, {servers} in the servers")
    # Pages that are pushed out all the time may be in or out when it is counted.
    expect(max(free) - min(free) <= 32 if TORTURE else 0 <= free[0] - free[-1] <= max(0, servers[-1] - servers[0]) and max(free) == free[0],
           f"pages were free: {free}; in the servers before and after each count: {servers}")


CASES = {}


def case(function, name=None):
    """Register a case under its function's name (or another one)."""
    CASES[(name or function.__name__).replace("_", "-")] = function
    return function


def counts_requests(function):
    """Left out where other requests fail than those that the case itself makes fail: `disk` and `trace save` report each, and end there."""

    @functools.wraps(function)
    def checked(context):
        if "fail-io" in TORTURE:
            raise Skip("each of its requests is to succeed, or fails on purpose")
        function(context)

    return checked


def main():
    parser = pq.Parser(prog=os.path.basename(sys.argv[0]), description="System tests; without a name all of them run.")
    parser.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--debug-dir", default=str(ROOT / "build" / "debug"), help="debug build (default: %(default)s)")
    parser.add_argument("--release-dir", default=str(ROOT / "build" / "release"), help="release build (default: %(default)s)")
    parser.add_argument("--verbose", action="store_true", help="show the console of passed cases too")
    parser.add_argument("case", nargs="*", help="which cases")
    options = parser.parse_args()
    if options.list:
        print(*CASES, sep="\n")
        return 0
    unknown = [name for name in options.case if name not in CASES]
    if unknown:
        parser.error(f"no such case: {unknown[0]}")
    failed = skipped = 0
    for name in options.case or CASES:
        context = Context(options.debug_dir, options.release_dir)
        try:
            CASES[name](context)
            print(f"ok {name}", flush=True)
        except Skip as reason:
            skipped += 1
            print(f"SKIPPED {name}: {reason}", flush=True)
        except Exception as error:  # any exception is a failed case
            failed += 1
            if not isinstance(error, Failure):
                traceback.print_exc()
            print(f"FAILED {name}: {error}", flush=True)
            options.verbose = options.verbose or len(options.case) == 1
        if options.verbose:
            print("--- console:\n" + context.console.decode(errors="replace").replace("\r\n", "\n"), flush=True)
    return 1 if failed else SKIPPED if skipped and skipped == len(options.case or CASES) else 0
