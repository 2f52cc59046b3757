#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The servers from outside: requests that make no sense, who may end whom, ^C, waiting readers, a shell that dies; as a dialogue on the console."""

import os
import re
import signal
import subprocess
import sys
import time

import pexpect
import system
from system import TORTURE, case, expect, expect_match, free_pages, main, settle

PROMPT = "pagoda> "
LINE_END = r"\r+\n"  # QEMU's terminal may add a return of its own


class Dialogue:
    """A booted machine with somebody at the keyboard."""

    def __init__(self, context, build="debug", **settings):
        self.context = context
        self.log = bytearray()
        command = context.machine(build, **settings).command_line(["-serial", "mon:stdio"])
        self.qemu = pexpect.spawn(command[0], command[1:], timeout=60 * system.SLOWER)
        self.qemu.logfile_read = self
        self.expect(PROMPT)

    def write(self, data):
        self.log.extend(data)

    def flush(self):
        self.context.console = bytes(self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.flush()
        if self.qemu.isalive():
            self.qemu.kill(signal.SIGKILL)
            self.qemu.wait()  # close() gives it a tenth of a second, which is little on a busy machine
        self.qemu.close()

    def expect(self, pattern):
        """Wait for the pattern; the text before it and itself."""
        self.qemu.expect(pattern)
        return re.sub("\r+\n", "\n", (self.qemu.before + self.qemu.after).decode(errors="replace"))

    def type(self, text):
        self.qemu.send(text)

    def run(self, line):
        """A line to its end; what came between its echo and the next prompt."""
        self.type(line + "\r")
        self.expect(LINE_END)
        return self.expect(PROMPT)


@case
def nonsense_is_answered_and_survived(context):
    text = context.command("protocol_check; protocol_check 1; protocol_check 2; ps")
    expect(text.count(" 0 problems") == 3, "a run of protocol_check is missing")


@case
def nonsense_is_answered_and_survived_release(context):
    context.command("protocol_check; protocol_check 99", build="release")


@case
def c_library_keeps_its_promises(context):
    text = context.command("libc_check", status=0)
    numbers = expect_match(r"^libc_check: (\d+) of (\d+) passed", text)
    expect(numbers[1] == numbers[2], "not all passed")


@case
def page_operations_do_what_those_in_c_do(context):
    text = context.command("page_ops_check", status=0)
    numbers = expect_match(r"^page_ops_check: (\d+) of (\d+) passed", text)
    expect(numbers[1] == numbers[2], "not all passed")


@case
def interrupt_key_ends_the_foreground_job_only(context):
    with Dialogue(context) as d:
        d.run("spin &")
        d.type("spin\r")
        settle(1)
        d.type("\x03")
        d.expect(PROMPT)
        text = d.run("ps")
        expect(text.count("spin") == 1, "not exactly the background job is left")


@case
def interrupt_key_ends_descendants_too(context):
    with Dialogue(context) as d:
        before = free_pages(d.run("stats ram"))
        d.type("writers 1 4 100000000\r")  # nobody moves their pages, so that they never end by themselves
        time.sleep(1.5 if TORTURE else 0.5)  # in most cases they have begun
        d.type("\x03")
        ended = d.expect(PROMPT)
        expect("^C" in ended and "moved" not in ended, "the family was not at work when the key came")
        text = d.run("ps")
        expect("writers" not in text, "some of the family are left")
        after = free_pages(d.run("stats ram"))
        expect(abs(before[0] - after[0]) < 16, f"free pages went from {before[0]} to {after[0]}")


@case
def line_discipline_edits_lines_of_programs(context):
    with Dialogue(context) as d:
        d.type("wc\r")
        d.expect(LINE_END)
        settle(0.5)
        d.type("one twx\x7fo three\x17four\r")  # backspace, erase word
        d.type("gone\x15here\r\x04")            # erase line, end of file
        text = d.expect(PROMPT)
        expect_match(r"\b2 +4 +18\b", text)


@case
def background_reader_waits_for_the_terminal(context):
    with Dialogue(context) as d:
        pid = expect_match(r"\[1\] +(\d+)", d.run("wc &"))[1]
        expect_match(r"wc", d.run("ps"))
        d.run(f"kill {pid}")
        expect("wc" not in d.run("ps").replace("wc &", ""), "the waiting reader is still there")
        d.type("wc\r")
        d.expect(LINE_END)
        settle(0.5)
        d.type("still works\r\x04")
        expect_match(r"\b1 +2 +12\b", d.expect(PROMPT))


def archive_with(context, **changes):
    """The servers of the debug build in an archive of their own, some replaced by other programs (None: left out)."""
    stripped = context.dirs["debug"] / "stripped"
    programs = {name: name for name in ("init", "pager", "block", "console", "process", "shell", "false")} | changes
    entries = [f"bin/{name}={stripped / file if '/' not in str(file) else file}" for name, file in programs.items() if file]
    archive = context.dirs["debug"] / f"servers-test-{os.getpid()}.cpio"
    subprocess.run([sys.executable, system.ROOT / "scripts" / "mkarchive.py", archive, *entries], check=True)
    return archive


def boot_with(context, **changes):
    archive = archive_with(context, **changes)
    try:
        ended, console = context.boot(initrd=str(archive))
    finally:
        archive.unlink()
    expect(ended == 0, "the machine was not powered off")
    return console


@case
def shell_that_dies_is_started_again_but_not_for_ever(context):
    console = boot_with(context, shell="false")
    expect(console.count("the shell ended; starting it again") == 10, "not started again ten times")
    expect_match("the shell ended and is not started again: power off", console)


@case
def pager_that_crashes_is_reported(context):
    expect_match("init: the pager was stopped by fault", boot_with(context, pager="false"))


@case
def console_that_crashes_is_reported(context):
    console = boot_with(context, console="false")
    expect_match("init: service console has failed: reason 6", console)
    expect_match("init: the machine is of no use without console", console)


@case
def process_server_that_crashes_is_reported(context):
    expect_match("init: service process has failed: reason 6", boot_with(context, process="false"))


@case
def callers_of_a_dead_process_server_get_an_error(context):
    archive = archive_with(context, process="process_faulty", spin="spin")
    try:
        with Dialogue(context, initrd=str(archive)) as d:
            d.run("spin &")
            expect_match("kill: .*: there is no server behind the capability", d.run("kill -13 %1"))  # had been taken by the server
            expect_match("init: service process has failed: reason 6", d.log.decode())
            expect_match("there is no server behind the capability", d.run("false"))  # came later
            expect_match("process +failed", d.run("services"))
            expect_match("^sum ", d.run("stats ram"))
    finally:
        archive.unlink()


@case
def shell_that_cannot_be_started_again_ends_in_power_off(context):
    console = boot_with(context, process="process_faulty", shell="false")
    expect(console.count("the shell ended; starting it again") == 1, "not tried once")
    expect_match("process: the shell cannot be started: not enough memory is free: power off", console)


@case
def missing_server_is_named(context):
    for name in ("pager", "console", "process"):
        expect_match(f"init: the boot archive has no bin/{name}", boot_with(context, **{name: None}))


@case
def missing_shell_is_named(context):
    console = boot_with(context, shell=None)
    expect_match("init: bin/shell cannot be started: the archive has no file of this name", console)


@case
def server_that_is_no_program_is_named(context):
    expect_match("init: bin/console: not an ELF file", boot_with(context, console=str(system.ROOT / "LICENSE")))


@case
def system_processes_cannot_be_ended(context):
    text = context.command("kill 3; ps", status=1)
    expect_match(r"\b3 .*pager", text)


@case
def typed_ahead_lines_are_kept(context):
    with Dialogue(context) as d:
        d.type("deep 2000\recho first\recho second\r")
        d.expect("echo second" + LINE_END)
        text = d.expect("second" + LINE_END)
        text = re.sub("\r+\n", "\n", d.log.decode())
        expect("\nfirst\n" in text and "\nsecond\n" in text, "a typed-ahead line is lost")


@case
def pi_has_a_dialogue_too(context):
    with Dialogue(context, machine="raspi4b") as d:
        d.run("spin &")
        expect_match(r"spin", d.run("ps"))
        d.type("wc\r")
        d.expect(LINE_END)
        settle(0.5)
        d.type("a b\r\x03")
        d.expect(PROMPT)


if __name__ == "__main__":
    sys.exit(main())
