#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The system with boot arguments that make its life hard: short programs under each of them here; the whole lists of the other files with PAGODA_TORTURE
in the environment (docs/testing.md)."""

import re
import sys
import tempfile
from pathlib import Path

import system
from system import COUNT_FREE, case, expect, expect_all_back, expect_match, main, pq

# Lines, and what must come of them.
PROGRAMS = [
    ("sha256sum /README", r"^[0-9a-f]{64}  /README$"),
    ("forktree 3", r"^forktree 3: 15 of 15 processes"),
    ("touch 4", r"^touch 4 MiB write: 1024 pages, 0 wrong"),
    ("touch 8 sparse", r"^touch 8 MiB sparse: \d+ pages, 0 wrong"),
    ("cow 2", r"^cow 2 MiB: .* parent 0 wrong, child 0 wrong"),
    ("deep 1000", r"^deep 1000: frames checked, 0 wrong"),
    ("sort --random 1", r"^sort 1 MiB: .* 0 wrong$"),
    ("kv 1 500", r"^kv 1 MiB: .* 0 wrong$"),
    ("thrash 3 zipf n=500", r"^thrash 3 MiB zipf: 500 accesses, 0 wrong"),
    ("fpcheck 50", r"^fpcheck 50: parent 0 wrong, child 0 wrong"),
    ("wild null", r"^pid \d+ \(wild\): bad address: nothing is mapped at 0x0 "),
    ("overflow", r"^pid \d+ \(overflow\): stack overflow: .* its limit is 8 MiB"),
    ("ps", r" shell$"),
]
LINES = "; ".join(line for line, _ in PROGRAMS)


def tortured(context, flags, lines, memory="64M", **settings):
    """Run lines with swap on a disk, and the pager's books checked all the way (debug build)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "64M")
        return context.command(f"disk format 0; swap on; {lines}; evict; swap; stats check", status=1, append=flags, memory=memory, timeout=280,
                               disks=[pq.Disk(str(path))], **settings)  # fmt: skip


def all_right(text):
    for line, wanted in PROGRAMS:
        expect(re.search(wanted, text, re.MULTILINE), f"'{line}' went wrong")
    expect_match(r": 0 problems\.$", text)
    expect(" 0 damaged" in text, "a page came back damaged")


@case
def every_page_leaves_memory_all_the_time(context):
    text = tortured(context, "evict-always", LINES)
    all_right(text)
    expect(int(expect_match(r"^left memory +(\d+)", text)[1]) > 5000, "hardly a page left memory")


@case
def every_page_is_compressed_all_the_time(context):
    text = tortured(context, "compress-always", LINES)
    all_right(text)
    expect(int(expect_match(r"^compressed +(\d+)", text)[1]) > 5000, "hardly a page was compressed")
    expect(int(expect_match(r"^one word repeated +(\d+)", text)[1]) == 0, "a page was not compressed")


@case
def every_page_is_written_back_all_the_time(context):
    text = tortured(context, "writeback-always", LINES)
    all_right(text)
    expect(int(expect_match(r"^pages written (\d+),", text)[1]) > 5000, "hardly a page was written")


@case
def disk_requests_fail_all_the_time(context):
    # A read or write that fails is tried again, so nothing may be lost. The first requests are those of 'disk format'.
    text = tortured(context, "writeback-always fail-io=67", LINES)
    all_right(text)
    expect(int(expect_match(r"^errors: (\d+) writing", text)[1]) > 20, "hardly a request failed")


@case
def allocations_fail_all_the_time(context):
    """Faults are served and requests handled all the same: room is made, and they are tried again."""
    text = tortured(context, "fail-alloc=13", f"{LINES}; {LINES}; {COUNT_FREE}; {LINES}; {COUNT_FREE}")
    all_right(text)
    for line, wanted in PROGRAMS:
        times = 3 + 2 * COUNT_FREE.split("; ").count(line)
        expect(len(re.findall(wanted, text, re.MULTILINE)) == times, f"'{line}' went wrong")
    expect(int(expect_match(r"^faults that waited for room +(\d+)", text)[1]) > 100, "hardly an allocation failed")
    expect_all_back(text, 2)
    expect_match(r": 0 problems\.$", text)


@case
def everything_at_once(context):
    text = tortured(context, "writeback-always fail-alloc=997 fail-io=71 asids=4", "touch 4; cow 2; deep 1000; thrash 3 uniform n=300; false")
    expect_match(r"^thrash 3 MiB uniform: 300 accesses, 0 wrong", text)
    expect("wrong" not in re.sub(r"\b0 wrong", "", text), "a wrong page")
    expect_match(r": 0 problems\.$", text)


@case
def wrong_values_stop_the_machine_with_a_message(context):
    for flag, message in (("fail-alloc=9", "fail-alloc= wants a number from 10 to 4294967295"), ("fail-io=x", "fail-io= wants a number from 1 to 4294967295"),
                          ("evict-always=1", "evict-always takes no value"),
                          ("evict-always writeback-always", "evict-always and writeback-always exclude each other")):
        ended, console = context.boot(append=flag)
        expect(ended == 0, "the machine was not powered off")
        expect_match(rf"^init: wrong boot argument: {message}$", console)


@case
def release_has_none_of_it(context):
    words = (b"evict-always", b"compress-always", b"writeback-always", b"fail-alloc", b"fail-io")
    for program in ("init", "pager", "block"):
        for build, there in (("debug", program == "init"), ("release", False)):
            bytes_ = (context.dirs[build] / "stripped" / program).read_bytes()
            for word in words:
                expect((word in bytes_) == there, f"{program} of the {build} build {'lacks' if there else 'has'} '{word.decode()}'")
    for program in ("init", "pager", "block"):
        names = system.on_host("nm", str(next(context.dirs["release"].glob(f"**/{program}.elf"))))
        expect(not re.search(r"\b(inject_|torture_read)", names), f"{program} of the release build can inject faults")
    text = context.command("evict compress; evict writeback; evict fail 3; evict", status=1, build="release", append="evict-always fail-alloc=10")
    expect(len(re.findall(r"^evict: ", text, re.MULTILINE)) == 3, "the release build took a setting for tests")
    expect_match(r"^Eviction is on,", text)


@case
def the_nth_allocation_is_named_by_hand(context):
    text = context.command("evict fail; evict fail 100000; evict fail; evict fail 1; touch 1; evict fail; evict fail x", status=2)
    expect(text.count("No allocation is to fail.") == 2, "'evict fail' is wrong")
    expect_match(r"^Allocation (99\d{3}|100000) from now on is to fail\.$", text)


if __name__ == "__main__":
    sys.exit(main())
