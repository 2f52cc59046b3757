#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The interactive shell through scripts/run on a pseudo-terminal: line editing, history, ^C, ^D, background jobs, input to programs."""

import re
import sys

import system
from system import case, expect, main
from terminal import ASK_SIZE, LEAVE_SCREEN, Terminal

CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_K, CTRL_U, CTRL_W = "\x01", "\x03", "\x04", "\x05", "\x0b", "\x15", "\x17"
BACKSPACE, UP, DOWN, LEFT, RIGHT, TAB = "\x7f", "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C", "\t"
MONITOR_KEY = "\x01"  # ^A is the emulator's own key: typed twice it reaches the guest


@case
def lines_are_run_and_poweroff_exits_0(context):
    t = Terminal(context)
    t.line("echo hello", "hello")
    t.line("primes 10", "4 primes up to 10, the last is 7")
    t.end()


@case
def what_is_said_before_the_first_prompt_fits_80_columns(context):
    t = Terminal(context)
    greeting = context.console.decode(errors="replace").replace("\r", "").split("Pagoda ")[-1].splitlines()
    expect(any("'help' lists the commands" in line for line in greeting), "no greeting")
    expect(any(line.startswith("Debug build") for line in greeting), "a debug build does not say that it is one")
    expect(not [line for line in greeting if len(line) > 80], f"wider than 80 columns: {greeting}")
    t.end()


@case
def backspace_arrows_and_deletion_edit_the_line(context):
    t = Terminal(context)
    t.line("echo axx" + BACKSPACE * 2 + "bc", "abc")
    t.line("echo ac" + LEFT + "b", "abc")
    t.line("cho one" + MONITOR_KEY + CTRL_A + "e" + CTRL_E + " two", "one two")
    t.line("echo one two" + CTRL_W + "three", "one three")
    t.line("rubbish" + CTRL_U + "echo clean", "clean")
    t.line("echo keep drop" + LEFT * 5 + CTRL_K, "keep")
    t.end()


@case
def history_brings_lines_back(context):
    t = Terminal(context)
    t.line("echo first", "first")
    t.line("echo second", "second")
    t.line(UP, "second")
    t.line(UP * 3, "first")
    t.line(UP + UP + DOWN + " again", ".* again")
    t.end()


@case
def tab_completes_a_command(context):
    t = Terminal(context)
    t.line("upt" + TAB, r"up 0:00:.*")
    t.end()


@case
def tab_completes_the_words_of_a_command(context):
    t = Terminal(context)
    t.line("stats che" + TAB, r"The pager checked .*: 0 problems\.")
    t.line("echo x; # lazy ze" + TAB + "of" + TAB, r"Zero-page sharing is off.*")
    t.end()


@case
def ctrl_c_drops_the_line(context):
    t = Terminal(context)
    t.type("echo never" + CTRL_C)
    t.prompt()
    t.line("echo after", "after")
    t.end()


@case
def ctrl_c_ends_the_foreground_program(context):
    t = Terminal(context)
    t.start("spin")
    t.type(CTRL_C)
    t.prompt()
    t.line("echo status $?", "status 130")
    t.end()


@case
def ctrl_c_leaves_background_jobs_alone(context):
    t = Terminal(context)
    t.type("spin &\r")
    t.prompt()
    t.type(CTRL_C)
    t.prompt()
    t.line("jobs", r".*running +spin.*")
    t.type("kill %1\r")
    t.prompt()
    t.end()


@case
def pressure_watch_refreshes_until_a_key(context):
    t = Terminal(context)
    t.full_screen("pressure watch", (30, 100))
    t.wait(re.escape("\x1b[29;30r"))  # the scrolling region is that of 30 rows
    t.wait("Pressure: none")
    t.wait("any key ends")
    t.wait("any key ends")  # again: the second drawing
    t.type("q")
    t.left_screen()
    t.line("echo status $?", "status 0")
    t.full_screen("pressure watch 2", None)
    t.wait(re.escape("\x1b[23;24r"))
    t.wait("SIGNAL")  # on 24 rows as well
    t.wait("WAITED FOR PAGES")
    t.wait("every 2 s")
    t.type(CTRL_C)
    t.left_screen()
    t.line("echo after", "after")
    t.end()


@case
def top_refreshes_sorts_and_gives_the_screen_back(context):
    t = Terminal(context)
    t.type("spin &\r")
    t.prompt()
    t.full_screen("top 1", (24, 80))
    t.wait(re.escape("\x1b[23;24r"))
    t.wait("RAM free")
    t.wait(r"\d spin\b")
    t.wait(re.escape(ASK_SIZE))
    t.wait(re.escape(ASK_SIZE))  # refreshed
    t.type("h")
    t.wait("this help")
    t.type("x")
    t.wait("h help")
    t.type("+")
    t.wait("2")  # every 2 s: only the digit is sent
    t.type("q")
    t.left_screen()
    t.line("echo status $?; jobs", r".*running +spin.*")
    t.end()


@case
def top_ends_and_limits_processes(context):
    t = Terminal(context)
    t.type("spin & hog 8 &\r")
    t.prompt()
    t.full_screen("top", (30, 90))
    pid = t.wait(r"(\d+) spin\b")[1]
    t.type("l")
    t.wait(r"limit of process \[\d+\]:")
    t.type(f"{pid}\r")
    t.wait(f"limit of process {pid}, as 16M, or none:")
    t.type("9X\x7fM\r")
    t.wait(f"process {pid} may hold 9 MiB at most")
    t.type("k")
    t.wait(r"end process \[\d+\]:")
    t.type(f"{pid}\r")
    t.wait(f"process {pid} ended")
    t.type("k")
    t.wait("end process")
    t.type(CTRL_C)  # leaves the question
    t.type("k99999\r")
    t.wait("99999: ")
    t.type(CTRL_C)
    t.wait(re.escape(LEAVE_SCREEN))
    t.wait(r"killed \(signal 15\): spin")
    t.prompt()
    t.end()


@case
def top_without_an_answer_takes_24_rows_and_follows_a_later_size(context):
    t = Terminal(context)
    t.full_screen("top", None)
    t.wait(re.escape("\x1b[23;24r"))
    t.type("\x1b[40;120R")
    t.wait(re.escape("\x1b[39;40r"))
    t.wait("PID NAME")
    t.type("q")
    t.left_screen()
    t.end()


@case
def ctrl_d_at_the_prompt_does_not_end_the_first_shell(context):
    t = Terminal(context)
    t.type(CTRL_D)
    t.wait("poweroff")
    t.prompt()
    t.line("echo still here", "still here")
    t.end()


@case
def typed_input_reaches_a_program_until_ctrl_d(context):
    t = Terminal(context)
    t.start("sort")
    t.type("pear\r")
    t.type("appl" + "x" + BACKSPACE + "e\r")
    t.type(CTRL_D)
    t.wait(r"apple\s+pear\s")
    t.prompt()
    t.start("wc")
    t.type("one two\r" + CTRL_D)
    t.wait(r"1 +2 +8")
    t.prompt()
    t.end()


@case
def fg_brings_a_job_to_the_terminal(context):
    t = Terminal(context)
    t.type("spin &\r")
    t.prompt()
    t.start("fg")
    t.type(CTRL_C)
    t.prompt()
    t.line("echo status $?", "status 130")
    t.end()


@case
def crash_of_a_program_leaves_the_prompt(context):
    t = Terminal(context)
    t.type("wild null\r")
    t.wait(r"wild.*0x0")
    t.prompt()
    t.type("overflow\r")
    t.wait(r"overflow.*stack")
    t.prompt()
    t.line("echo alive", "alive")
    t.end()


@case
def two_background_programs_finish(context):
    t = Terminal(context)
    t.type("forktree 2 & touch 4 & wait\r")
    t.wait(r"forktree 2: 7 of 7|touch 4 MiB")
    t.wait(r"forktree 2: 7 of 7|touch 4 MiB")
    t.prompt()
    t.line("echo ok", "ok")
    t.end()


@case
def raspi4b_dialogue(context):
    context.machine(machine="raspi4b")
    t = Terminal(context, "debug", "--machine", "raspi4b")
    t.line("echo on a pi" + BACKSPACE + "ie", "on a pie")
    t.start("spin")
    t.type(CTRL_C)
    t.prompt()
    t.end()


@case
def monitor_key_quits_the_emulator(context):
    t = Terminal(context)
    t.type("\x01x")
    t.ended(0)


if __name__ == "__main__":
    sys.exit(main())
