#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Three programs that together use twice the memory there is, round after round on one machine: no wrong byte, and after each round everything is back.

PAGODA_SOAK=N makes N rounds with a hundred times the accesses instead of two short ones; a round is then a few minutes."""

import os
import re
import sys
import tempfile
from pathlib import Path

from system import TORTURE, Skip, case, expect, expect_match, free_pages, main, pq
from terminal import Terminal

SOAK = int(os.environ.get("PAGODA_SOAK", "0"))
ROUND_SECONDS = 1800 if SOAK else 300


def round_of(terminal, number, mib, accesses, data):
    """One round; the pages that are free after it."""
    n = accesses * (100 if SOAK else 1)
    seeds = [3 * number + i for i in (1, 2, 3)]
    terminal.type(f"thrash {mib} uniform data={data} n={n} seed={seeds[0]} & thrash {mib} zipf n={n} seed={seeds[1]} & thrash {mib} seq n={n} seed={seeds[2]} & wait\r")
    for _ in range(3):
        terminal.wait(rf"(?m)^thrash {mib} MiB \w+: {n} accesses, 0 wrong", timeout=ROUND_SECONDS)
    terminal.prompt()
    terminal.type("share 6; forktree 3; kv 4 500\r")
    terminal.wait(r"share 6 MiB: \d+ pages, 0 wrong, child found no wrong page", timeout=ROUND_SECONDS)
    terminal.wait(r"forktree 3: 15 of 15 processes", timeout=ROUND_SECONDS)
    terminal.wait(r"kv [^\r\n]* 0 wrong", timeout=ROUND_SECONDS)
    terminal.prompt()
    start = len(terminal.context.console)
    for line in ("swap", "evict", "stats ram", "stats check", "uptime"):
        terminal.type(line + "\r")
        terminal.prompt()
    text = terminal.context.console[start:].decode(errors="replace").replace("\r", "")
    expect_match(r"^volume 0: 0 of \d+ slots in use, 0 bad", text)
    expect_match(r"^errors: 0 writing, 0 reading$", text)
    expect_match(r"^0 pages are stored", text)
    expect_match(r"^objects made serving faults +0$", text)
    expect_match(r": 0 problems\.$", text)
    return free_pages(text)[0]


def soak(context, mib, accesses, *options, data="random"):
    if TORTURE:
        raise Skip("the soak counts pages, which torture changes")
    rounds = SOAK or 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "256M")  # an SD card has a power of two
        terminal = Terminal(context, "release", "--disk", str(path), *options, seconds=600 + rounds * ROUND_SECONDS)
        terminal.line("disk format 0; swap on", "Swap is on.*")
        free = [round_of(terminal, number, mib, accesses, data) for number in range(rounds)]
        terminal.end()
    # The shell itself remembers lines; whose every page is, 'stats check' has verified.
    expect(max(free) - min(free) <= 16, f"free pages after each round: {free}")


@case
def virt_with_64_mib(context):
    soak(context, 40, 1000, "--memory", "64M")


@case
def virt_with_128_mib(context):
    soak(context, 84, 300, "--memory", "128M")


@case
def an_hour_with_memory_full(context):
    """The guest's clock runs 1024 times as fast as its instructions, so an hour passes in a minute. A disk would look overdue: there is none."""
    if TORTURE:
        raise Skip("an hour under torture is a day")
    text = context.command("thrash 40 uniform seconds=3600 & thrash 40 zipf seconds=3600 seed=5 & thrash 40 seq seconds=3600 seed=9 & wait; evict; stats check",
                           build="release", memory="64M", extra=["-icount", "shift=10,sleep=off"], timeout=900)  # fmt: skip
    for pattern in ("uniform", "zipf", "seq"):
        found = expect_match(rf"^thrash 40 MiB {pattern}: (\d+) accesses, 0 wrong; (\d+)\.\d+ s,", text)
        expect(int(found[1]) >= 10000 and int(found[2]) >= 3600, f"{pattern}: too few accesses or no hour: {found[0]}")
    expect_match(r"^objects made serving faults +0$", text)
    expect_match(r"^Now: 0 pages, 0 B, in 0 B of RAM\.$", text)
    expect_match(r": 0 problems\.$", text)


@case
def raspi4b_with_128_mib(context):
    """QEMU's SD card moves four bytes at a time, some milliseconds a page: pages that do not compress would be minutes of it."""
    if not pq.qemu_has("raspi4b"):
        raise Skip("THE RASPBERRY PI 4 WAS NOT TESTED: this QEMU has no raspi4b; scripts/setup installs one that has")
    soak(context, 84, 300, "--machine", "raspi4b", "--memory", "128M", data="random" if SOAK else "text")


if __name__ == "__main__":
    sys.exit(main())
