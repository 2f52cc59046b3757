# SPDX-License-Identifier: BSD-2-Clause
"""The shell on a pseudo-terminal, as a user has it."""

import pexpect
import system

PROMPT = "pagoda> "
ENTER_SCREEN, LEAVE_SCREEN, ASK_SIZE = "\x1b[?1049h", "\x1b[?1049l", "\x1b[6n"


class Terminal:
    def __init__(self, context, build="debug", *options, seconds=150):
        self.context = context
        build_dir = context.dirs["debug" if system.TORTURE else build]
        arguments = ["-B", str(system.ROOT / "scripts" / "lib" / "run.py"), "--build-dir", str(build_dir), "--timeout", str(seconds * system.SLOWER),
                     "--append", system.TORTURE, *options]  # fmt: skip
        self.child = pexpect.spawn("/usr/bin/python3", arguments, timeout=40 * system.SLOWER, encoding="utf-8", codec_errors="replace", dimensions=(40, 80))
        self.child.logfile_read = self
        self.prompt()

    def write(self, text):
        self.context.console += text.encode()

    def flush(self):
        pass

    def wait(self, pattern, timeout=40):
        try:
            self.child.expect(pattern, timeout=timeout * system.SLOWER)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise system.Failure(f"waited in vain for {pattern!r} ({type(error).__name__})") from None
        return self.child.match

    def prompt(self):
        self.child.expect_exact(PROMPT)

    def type(self, text):
        self.child.send(text)

    def line(self, text, answer):
        """Type a line; what comes must have a line that matches the answer, then the prompt."""
        self.type(text + "\r")
        self.wait(r"(?m)^" + answer.replace(".*", r"[^\r\n]*") + r"\r*$")  # pexpect's dot goes past the end of a line
        self.prompt()

    def full_screen(self, line, size):
        """Type a command that takes the whole screen, and answer its question for the size (None: like a terminal that cannot)."""
        self.type(line + "\r")
        self.child.expect_exact(ENTER_SCREEN)
        self.child.expect_exact(ASK_SIZE)
        if size:
            self.type(f"\x1b[{size[0]};{size[1]}R")

    def left_screen(self):
        self.child.expect_exact(LEAVE_SCREEN)
        self.prompt()

    def start(self, program):
        """Start a program that says nothing by itself; what is typed next is meant for it."""
        self.type(f"echo now; {program}\r")
        self.wait(r"(?m)^now\r*$")
        self.child.expect(pexpect.TIMEOUT, timeout=system.settling(1.5))

    def end(self):
        self.type("poweroff\r")
        self.ended(0)

    def ended(self, status):
        """It has said its last and ends by itself with this status."""
        self.wait(pexpect.EOF)
        found = self.child.wait()  # close() gives it a tenth of a second, which is little on a busy machine
        self.child.close()
        system.expect(found == status, f"scripts/run ended with {found}, not {status}")
