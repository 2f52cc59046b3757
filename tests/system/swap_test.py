#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Programs that use more memory than there is, with a disk to help: right answers, and every frame and slot back."""

import re
import sys
import tempfile
from pathlib import Path

from system import IN_USE, TORTURE, case, expect, expect_match, main, pq
from terminal import Terminal


STEPS = r"\d+" if TORTURE else r"[1-9]\d*"  # torture decides what comes back
FAILED = r"\d+" if "fail-io" in TORTURE else "0"  # requests of a disk: tried again, and the slot not used any more


def with_swap(context, lines, mib=128, **settings):
    """Run lines on a machine with 64 MiB and a swap volume; afterwards no slot may be in use and no book wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, f"{mib}M")
        text = context.command(
            f"disk format 0; swap on; {lines}; swap; stats check",
            disks=[pq.Disk(str(path))], **{"memory": "64M", "build": "release", "timeout": 280, **settings},
        )  # fmt: skip
    expect_match(rf"^volume 0: {IN_USE} of \d+ slots in use, {FAILED} bad", text)
    expect_match(rf"^errors: {FAILED} writing, {FAILED} reading$", text)
    expect_match(r": 0 problems\.$", text)
    expect(int(expect_match(r"^pages written (\d+),", text)[1]) > 1000, "the disk was hardly used")
    return text


@case
def incompressible_pages_go_to_the_disk_and_come_back(context):
    for pattern in ("seq", "uniform", "zipf"):
        text = with_swap(context, f"thrash 44 {pattern} data=random n=4000", memory="36M")
        expect_match(r"^thrash .* 4000 accesses, 0 wrong", text)


@case
def three_programs_of_twice_the_memory_find_their_pages(context):
    run = "thrash 40 uniform data=random n=4000 & thrash 40 zipf data=random n=4000 seed=2 & thrash 40 seq n=4000 seed=3 & wait"
    text = with_swap(context, run)
    expect(len(re.findall(r"^thrash .* 4000 accesses, 0 wrong", text, re.MULTILINE)) == 3, "an access found a wrong page")


@case
def off_is_refused_while_what_is_on_disk_has_no_room(context):
    """Otherwise the program would be ended; and it is not."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "128M")
        t = Terminal(context, "release", "--memory", "32M", "--disk", str(path))
        t.line("swap format 0; swap on", r"Swap is on: volume 0, 128\.0 MiB\.")
        t.type("thrash 40 uniform data=random n=400000 &\r")
        t.prompt()
        slots = 0
        while slots < 3000:  # it ends by the time limit of the machine at the latest
            t.type("rest 1; swap\r")
            slots = int(t.wait(r"volume 0: (\d+) of")[1])
            t.prompt()
        t.line("swap off", r"swap: .* are on the disk and .* of memory are free: .*")
        t.line("swap off fore", r"swap: 'fore' is not 'force'")
        t.line("jobs", r".*running +thrash 40 .*")
        t.line("kill %1; rest 1; swap off", r"Swap is off\.")
        t.line("stats check", r"The pager checked .*: 0 problems\.")
        t.end()


@case
def the_books_are_right_all_the_way(context):
    text = with_swap(context, "thrash 64 uniform data=random n=2000", build="debug")
    expect_match(r"^thrash .* 2000 accesses, 0 wrong", text)


@case
def fork_and_mmap_work_while_memory_is_full_and_the_disk_is_slow(context):
    """Each request of the disk takes 30 ms, and three programs want every frame that it frees. Requests of others wait, and not in vain."""
    run = "hog 34 & hog 34 & hog 34 & rest 1; disk inject late 1 1 30; rest 1; " + "forktree 2; cow 1; share 1; " * 2
    text = with_swap(context, f"{run} swap; disk inject none; wait", memory="24M", build="debug")
    expect(len(re.findall(r"^forktree 2: 7 of 7 processes", text, re.MULTILINE)) == 2, "a fork failed")
    expect(len(re.findall(r"^cow 1 MiB: .* parent 0 wrong, child 0 wrong$", text, re.MULTILINE)) == 2, "a fork failed, or a page was wrong")
    expect(len(re.findall(r"^share 1 MiB: 256 pages, 0 wrong, child found no wrong page$", text, re.MULTILINE)) == 2, "a page was wrong")
    expect(len(re.findall(r"^hog: holds 34 MiB$", text, re.MULTILINE)) == 3, "a program did not get what it asked for")
    waited = int(expect_match(r" (\d+) requests waited, 0 of them in vain$", text)[1])
    expect(TORTURE or waited > 0, "no request waited")


@case
def sort_and_kv_larger_than_memory(context):
    mib = 8 if "always" in TORTURE else 40  # pages leave memory then, however much there is
    text = with_swap(context, f"sort --random {mib}; kv {mib} 12000", memory="36M")
    expect_match(rf"^sort {mib} MiB: .* 0 wrong", text)
    expect_match(r"^kv .* 0 wrong", text)


@case
def the_block_server_fails_in_the_middle_and_no_byte_is_lost(context):
    """It dies with requests in flight and one done that nobody has heard of, is started again, and dies again."""
    text = with_swap(context, "disk inject crash 1; thrash 72 uniform data=random n=500 & disk inject crash 300; wait; services", build="debug")
    expect_match(r"^thrash .* 500 accesses, 0 wrong", text)
    expect_match(r"^block +running +[12] ", text)
    expect_match(r"^requests submitted again after the block server had failed: [1-9]", text)


@case
def shared_memory_larger_than_memory(context):
    """Two processes; afterwards nothing is left of it in stores, slots or frames."""
    text = with_swap(context, "share 72; share 4 & share 5 & wait", build="debug")
    expect(len(re.findall(r"^share \d+ MiB: \d+ pages, 0 wrong, child found no wrong page$", text, re.MULTILINE)) == 3, "a page was wrong")


@case
def a_page_tells_its_slot_and_swap_its_queue_and_rates(context):
    """The work between is small: what happened to pages is kept in a ring, and a page that left at its beginning must still be in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        path.write_bytes(bytes(32 << 20))
        text = context.command("disk format 0; swap on; evict disk; primes 1000; forktree 1; explain 1 0x3ffff000; swap", memory="64M", disks=[pq.Disk(str(path))])
    expect_match(r"^ +\d+\.\d{3}  left memory, for the disk, slot [1-9]\d*", text)
    expect_match(r"^queue: \d+ requests in flight, \d+ of \d+ I/O pages free$", text)
    expect_match(r"^pages a second, over the last \S+ m?s:\n {12}\d+ out, \d+ back; \d+ to disk, \d+ from disk$", text)


@case
def the_share_of_compressed_pages_follows_what_comes_back(context):
    """It begins at 30 hundredths of memory, which is too little for a program of 60 MiB: pages are read from disk that were written out a short while before."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "128M")
        text = context.command("optimize balance; optimize status; disk format 0; swap on; optimize balance 10 30; optimize balance 10 90; thrash 60 uniform n=60000; optimize status; "
                               "optimize balance off; optimize --dry balance; stats check", disks=[pq.Disk(str(path))], memory="48M", build="release", timeout=280)  # fmt: skip
    expect_match(r"^balance: no disk is in use", text)
    expect_match(r"^Compressed pages take \S+ \S+ and may take \S+ MiB \(30%\)\.$", text)
    expect_match(r"^thrash .* 60000 accesses, 0 wrong", text)
    expect_match(rf"it is moved by what comes back\.\nSteps since boot: {STEPS} up, \d+ down\.$", text)
    if not TORTURE:  # pages that leave and come back at once need not come from the disk
        expect_match(r"^A page takes \S+ \S+ from disk; \S+ us to expand, \S+ us to compress\.$", text)
    expect_match(r"it is not moved\.$", text)
    moved = re.findall(r"^compressed pages .* (?:us|ns|ms) (.*)$", text, re.MULTILINE)
    expect(moved == ["no: no disk", "by returns", "by returns", "by returns", "no: off"], f"moved: {moved}")
    expect_match(r"^balance: of late more for compressed pages would have saved", text)
    expect_match(r": 0 problems\.$", text)


@case
def an_sd_card_serves_as_swap(context):
    text = with_swap(context, "thrash 37 uniform data=random n=100", machine="raspi4b", memory="36M")
    expect_match(r"^thrash .* 100 accesses, 0 wrong", text)


@case
def a_lowered_maximum_makes_a_program_pay_with_its_own_pages(context):
    pid = expect_match(r"^ *(\d+) .* spin$", context.command("spin & ps; kill %1"))[1]  # pids count up: the first program of every boot
    text = with_swap(context, f"thrash 48 uniform data=random n=10000 & touch 4; limit {pid} max=24M; wait")
    expect_match(r"^thrash .* 10000 accesses, 0 wrong", text)


@case
def a_full_disk_ends_the_hog_and_nothing_else(context):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "8M")
        text = context.command("disk format 0; swap on; hog; echo alive; swap; stats check", status=1,
                               disks=[pq.Disk(str(path))], memory="64M", build="release", timeout=280)  # fmt: skip
    expect_match(r"^pid \d+ \(hog\): out of memory", text)
    expect_match(r"^alive$", text)
    expect_match(rf"^volume 0: {IN_USE} of \d+ slots in use", text)
    expect_match(r": 0 problems\.$", text)


@case
def a_disk_without_our_header_is_not_used(context):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "8M")
        text = context.command("swap on; swap on 0; swap on 7; swap", status=1, disks=[pq.Disk(str(path))])
        expect(path.read_bytes() == bytes(8 << 20), "something was written to a disk that is not ours")
    expect_match(r"^swap: volume 0 is not used: it has no swap header$", text)
    expect_match(r"^swap: there is no volume 7$", text)


@case
def a_boot_argument_switches_swap_on(context):
    """swap= at the start: the first volume with a header, one by its number; what is not there or not ours is told, and the machine goes on."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "64M")
        settings = {"disks": [pq.Disk(str(path))], "memory": "36M", "build": "release"}
        text = context.command("swap format 0; swap", append="swap=on", **settings)
        expect(b"init: swap=on: no volume has a swap header" in context.console, "it is not said that there is no volume")
        expect_match(r"^Swap is off\.$", text)
        for value in ("on", "0"):
            text = context.command("swap; thrash 44 uniform data=random n=1000; swap; stats check", append=f"swap={value}", timeout=280, **settings)
            expect(re.findall(r"^Swap is (\w+)\.$", text, re.MULTILINE) == ["on", "on"], "swap is not on from the start")
            expect_match(r"^thrash .* 1000 accesses, 0 wrong", text)
            expect(int(re.findall(r"^pages written (\d+),", text, re.MULTILINE)[1]) > 1000, "the disk was hardly used")
            expect_match(r": 0 problems\.$", text)
        context.command("true", append="swap=9", **settings)
        expect(b"init: swap=9: there is no such volume" in context.console, "it is not said that there is no such volume")
        path.write_bytes(bytes(64 << 20))
        text = context.command("swap", append="swap=0", **settings)
        expect(b"init: volume 0 is not used for pages" in context.console, "it is not said that the volume is refused")
        expect_match(r"^Swap is [^:]*: it has no swap header\.$", text)
        expect(path.read_bytes() == bytes(64 << 20), "something was written to a disk that is not ours")
    context.command("true", append="swap=on")
    expect(b"init: swap=on: no volume has a swap header" in context.console, "no disk at all is not told")


@case
def a_wrong_swap_argument_stops_the_boot(context):
    for value in ("off", "", "1x", "256"):
        ended, text = context.boot(append=f"swap={value}")
        expect(ended is not None and "wrong boot argument: swap= is on or the number of a volume" in text, "the boot went on")


if __name__ == "__main__":
    sys.exit(main())
