#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The n-th request of the swap disk fails, is short, late, lost, or returns flipped bits: never a wrong byte, a hang, a lost page, frame or slot.

One machine for each kind of fault; the same program again and again, with the fault at another request each time. A program that has just outgrown its own maximum makes some 80
requests, and every n is taken (of requests that are lost, for which one waits seconds, each 20th). A program larger than memory makes some 2000, of which a few n are taken.
PAGODA_SWEEP=1 takes every n of both: hours for the large one; PAGODA_SWEEP=K each K-th."""

import os
import re
import sys
import tempfile
import time
from pathlib import Path

from system import IN_USE, TORTURE, Skip, case, expect, expect_match, free_pages, main, pq
from terminal import Terminal

SWEEP = int(os.environ.get("PAGODA_SWEEP", "0"))
SAMPLE = (1, 13, 190, 777, 1000 if TORTURE else 1500)  # with pages compressed that the policy would not, a run makes some 1200 requests, else 2000
LARGE = "thrash 17 uniform data=random n=100"
SMALL = "run max=1M thrash 1 uniform data=random n=20"
RIGHT = r"^thrash (17|1) MiB uniform: (100|20) accesses, 0 wrong;"
LOST = r"^pid \d+ \(thrash\): lost page: what was stored of the page at 0x[0-9a-f]+ cannot be used: "
STEP_SECONDS = 120


def run(terminal, line):
    start = len(terminal.context.console)
    terminal.type(line + "\r")
    terminal.wait(r"\n")  # the echo of the line
    terminal.wait("pagoda> ", timeout=STEP_SECONDS)
    return terminal.context.console[start:].decode(errors="replace").replace("\r", "")


def step(terminal, inject, program):
    """The program once with a fault; what it and the counters after it printed."""
    text = run(terminal, f"disk inject {inject}; {program}")
    for _ in range(STEP_SECONDS):  # a write that is lost outlives the program
        state = run(terminal, "disk inject none; swap; disk counters; stats ram; stats check")
        if "queue: 0 requests in flight" in state:
            break
        time.sleep(1)
    text += state
    expect_match(rf"^volume 0: {IN_USE} of \d+ slots in use, ", text)
    expect_match(r": 0 problems\.$", text)
    return text


def requests(text):
    return int(expect_match(rf"^Pager's ring: (\d+) requests, {'[0-9]+' if TORTURE else 0} in flight", text)[1])


def sweep(context, inject, happened, numbers=SAMPLE, ends=None, program=LARGE, stride=SWEEP):
    """inject: what `disk inject` is told, with {n}; happened: what the counters say of it (looked for after all runs); ends: how the program may end instead;
    stride: 0: these numbers only."""
    if "fail-io" in TORTURE:
        raise Skip("the sweep says itself which request fails, and how")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "64M")
        terminal = Terminal(context, "debug", "--memory", "20M", "--disk", str(path), seconds=100000 if SWEEP else 280)
        terminal.line("disk format 0; swap on", "Swap is on.*")
        text = step(terminal, "none", program)
        expect_match(RIGHT, text)
        per_run = requests(text)
        expect(stride or per_run > max(numbers), f"a run makes {per_run} requests only")
        free, ended = [], 0
        for n in range(1, per_run + 1, stride) if stride else numbers:
            text = step(terminal, inject.format(n=n), program)
            if not re.search(RIGHT, text, re.MULTILINE):
                expect(ends, f"request {n}: the program did not end as it should")
                expect_match(ends, text)
                ended += 1
            expect(not re.search(r"accesses, [1-9]\d* wrong", text), f"request {n}: a wrong page")
            free += free_pages(text)
        terminal.end()
    expect_match(happened, text)
    expect(max(free) - min(free) <= (64 if TORTURE else 16), f"free pages after each run: {free}")  # the shell remembers lines
    return ended


@case
def a_request_that_fails_costs_nothing(context):
    sweep(context, "fail {n}", r"  I/O error: [1-9]")


@case
def any_request_of_a_small_run_that_fails_costs_nothing(context):
    sweep(context, "fail {n}", r"  I/O error: [1-9]", program=SMALL, stride=SWEEP or 1)


@case
def a_request_that_is_short_costs_nothing(context):
    sweep(context, "short {n}", r"  short: [1-9]")


@case
def any_request_of_a_small_run_that_is_short_costs_nothing(context):
    sweep(context, "short {n}", r"  short: [1-9]", program=SMALL, stride=SWEEP or 1)


@case
def a_request_that_is_late_costs_nothing(context):
    sweep(context, "late {n} 0 200", r"^  ok: ")


@case
def any_request_of_a_small_run_that_is_late_costs_nothing(context):
    sweep(context, "late {n} 0 80", r"^  ok: ", program=SMALL, stride=SWEEP or 1)


@case
def a_request_that_is_lost_costs_nothing(context):
    sweep(context, "late {n} 0 60000", r"  timeout: [1-9]", numbers=(13, 777))


@case
def any_request_of_a_small_run_that_is_lost_costs_nothing(context):
    sweep(context, "late {n} 0 60000", r"  timeout: [1-9]", program=SMALL, stride=SWEEP or 20)


@case
def flipped_bits_end_the_owner_of_the_page_only(context):
    """Only what is read is flipped; it may be a page that nobody asks for any more."""
    ended = sweep(context, "flip {n}", r"^  ok: ", ends=LOST)
    expect(ended > 0, "no flipped bit was seen")


@case
def flipped_bits_in_any_request_of_a_small_run_end_the_owner_of_the_page_only(context):
    ended = sweep(context, "flip {n}", r"^  ok: ", ends=LOST, program=SMALL, stride=SWEEP or 1)
    expect(ended > 0, "no flipped bit was seen")


@case
def every_third_request_fails(context):
    """Then even a page that is read again and again may not come back; its owner is told, and nobody else notices."""
    sweep(context, "fail {n} 3", r"  I/O error: [1-9]", numbers=(1, 2), ends=LOST)


if __name__ == "__main__":
    sys.exit(main())
