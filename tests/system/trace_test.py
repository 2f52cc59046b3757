#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Traces recorded from the running system: the policy of the recording comes to the live count of misses, in the shell, from the disk, and on the host."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from system import ROOT, TORTURE, case, counts_requests, expect, expect_match, main, on_host, pq

RECORDED = ROOT / "build" / "host" / "tests" / "host" / "sim" / "evict_recorded"
FIRST_PID = 7  # of the first program of every boot


def disk(folder, size="8M"):
    path = Path(folder) / "trace.img"
    pq.make_disk(path, size)
    return path


def rows(text, name="trace"):
    """(policy, misses, how) of each row of the last replay in the output."""
    return re.findall(r"^(generations|clock|2q) +(\d+) .*?(exact|estimate)", text, re.MULTILINE)


def record(context, folder, before="", work="thrash 56 zipf n=20000", after="", **settings):
    """Record a program on a machine with 48 MiB and save it; the output and the disk's image."""
    path = disk(folder)
    lines = f"trace format 0; {before}{work} & trace start {FIRST_PID} 4M; wait; trace; trace save 0; trace replay{after}; stats check"
    text = context.command(lines, disks=[pq.Disk(str(path))], **{"memory": "48M", "build": "release", "timeout": 280, **settings})
    expect_match(r": 0 problems\.$", text)
    return text, path


def check_exact(text, policy, live):
    exact = [int(misses) for name, misses, how in rows(text) if how == "exact" and name == policy]
    expect(exact and all(misses == live for misses in exact), f"{live} misses live, {exact} in replays")


@case
@counts_requests
def the_same_policy_comes_to_the_live_count(context):
    for policy in ("generations", "clock", "2q"):
        with tempfile.TemporaryDirectory() as folder:
            text, path = record(context, folder, f"evict policy {policy}; ", after="; trace drop; trace load 0; trace replay")
            live = int(expect_match(rf"^Recorded; it ended because the program ended:\nthrash, policy {policy}: .* (\d+) pages brought back\.$", text)[1])
            expect(live > 1000, "hardly a page came back")
            expect_match(r"^Loaded: thrash", text)
            exact = len(re.findall("exact: as recorded", text))
            expect(exact == 2 or ("always" in TORTURE and exact > 2), "not exact both times")  # another policy, too, lets every page go then: it decides the same
            check_exact(text, policy, live)
            expect(len(rows(text)) == 8, "a policy is missing")
            if RECORDED.exists():
                on_this_machine = on_host(RECORDED, path)
                check_exact(on_this_machine, policy, live)
                expect(rows(on_this_machine) == rows(text)[4:], "the host comes to other numbers")


@case
def misses_are_those_that_the_pager_counts_for_the_program(context):
    """The statistics show what the pager counted since the program began; recording began right then."""
    with tempfile.TemporaryDirectory() as folder:
        path = disk(folder)
        text = context.command(
            f"trace format 0; thrash 56 zipf n=1000000000 & trace start {FIRST_PID} 4M; spin {10 if TORTURE else 1}; trace stop; stats json; trace replay generations; kill {FIRST_PID}; wait",
            status=143, disks=[pq.Disk(str(path))], memory="48M", build="release", icount=not TORTURE, timeout=280)  # fmt: skip
    stopped = int(expect_match(r"^Recorded; it ended because it was stopped:\nthrash, .* (\d+) pages brought back\.$", text)[1])
    statistics = json.loads(text[text.index("\n{") : text.index("\n}\n") + 3])
    counted = next(space["refaults"] for space in statistics["spaces"] if space["label"] == "thrash")
    expect(0 < stopped <= counted <= stopped + 2000, f"{stopped} misses recorded, {counted} counted a moment later")
    check_exact(text, "generations", stopped)


@case
def what_does_not_fit_ends_the_trace_and_the_rest_is_exact(context):
    with tempfile.TemporaryDirectory() as folder:
        path = disk(folder)
        text = context.command(
            f"trace format 0; thrash 56 zipf n=20000 & trace start {FIRST_PID} 128K; wait; trace; trace replay generations",
            disks=[pq.Disk(str(path))], memory="48M", build="release", timeout=280)  # fmt: skip
    full = int(expect_match(r"^Recorded; it ended because there was no room for more:\nthrash, .* (\d+) pages brought back\.$", text)[1])
    expect_match(r"^It was full then; [1-9]\d* events followed\.$", text)
    expect(full > 100, "hardly a page came back")
    check_exact(text, "generations", full)


@case
def a_volume_that_is_no_trace_volume_is_not_written(context):
    with tempfile.TemporaryDirectory() as folder:
        path = disk(folder)
        path.write_bytes(b"precious" + bytes((8 << 20) - 8))
        before = path.read_bytes()
        text = context.command("trace start 1; trace stop; trace save 0; trace format 0; trace load 0; trace save 7; disk", status=1, disks=[pq.Disk(str(path))])
        expect(path.read_bytes() == before, "the disk has changed")
    expect(text.count("volume 0 has no trace header") == 2, "it was taken for a trace volume")
    expect_match(r"^trace: volume 0 holds something; 'trace format 0 force' overwrites it$", text)
    expect_match(r"^trace: there is no volume 7", text)


@case
def a_swap_volume_and_a_trace_volume_are_not_taken_for_each_other(context):
    with tempfile.TemporaryDirectory() as folder:
        path = disk(folder)
        text = context.command("disk format 0; trace format 0; trace format 0 force; disk; disk format 0; swap on 0; swap; disk write 0 1 1 1", status=1, disks=[pq.Disk(str(path))])
        expect(path.read_bytes()[:16] == b"Pagoda trace 1\r\n", "the header is not there")
    expect_match(r"^trace: volume 0 holds something", text)
    expect_match(r" trace$", text)
    expect_match(r"^disk: volume 0 holds something", text)
    expect_match(r"carries no Pagoda swap header|it has no swap header", text)


@case
def damage_on_the_disk_is_told(context):
    with tempfile.TemporaryDirectory() as folder:
        _, path = record(context, folder, work="thrash 8 zipf n=100")
        sound = path.read_bytes()
        for offset, message in ((4096 + 20, "a damaged header"), (4096, "no trace"), (8192 + 100, "damaged records")):
            damaged = bytearray(sound)
            damaged[offset] ^= 4
            path.write_bytes(damaged)
            text = context.command("trace load 0", status=1, disks=[pq.Disk(str(path))])
            expect(message in text, f"byte {offset}: {text}")
            if RECORDED.exists():
                result = subprocess.run([RECORDED, path], capture_output=True, text=True)
                expect(result.returncode == 1 and message in result.stderr, f"byte {offset}, host: {result.stderr}")


@case
def a_partition_serves_as_trace_volume(context):
    with tempfile.TemporaryDirectory() as folder:
        path = disk(folder)
        with open(path, "r+b") as image:
            image.seek(446)
            image.write(bytes([0, 0, 0, 0, 0x83, 0, 0, 0]) + (2048).to_bytes(4, "little") + (8192).to_bytes(4, "little"))
            image.seek(510)
            image.write(b"\x55\xaa")
        beginning = path.read_bytes()[: 1 << 20]
        text = context.command("trace format 1; trace start 1; ls; ls; trace stop; trace save 1; trace load 1; trace replay", disks=[pq.Disk(str(path))])
        expect(path.read_bytes()[: 1 << 20] == beginning, "something was written before the partition")
        expect_match(r"exact: as recorded", text)
        if RECORDED.exists():
            expect("exact: as recorded" in on_host(RECORDED, path), "the host does not find it")


@case
def what_cannot_be_done_is_told_and_changes_nothing(context):
    """Volumes too small, a recording that goes on, no such process, sizes out of range, and no disk at all."""
    with tempfile.TemporaryDirectory() as folder:
        path = disk(folder, "16K")
        lines = (
            f"trace start 1 0; trace start 1 9M; trace start 99; trace save 0; trace format 0; thrash 56 zipf n=2000 & trace start {FIRST_PID} 4M; trace start 1; trace save 0;"
            " trace replay; wait; trace save 0; trace load 0; trace replay lru; trace drop; trace save 0; stats check"
        )
        text = context.command(lines, status=1, disks=[pq.Disk(str(path))], memory="48M", build="release", timeout=120)
        expect(not any(path.read_bytes()[4096:]), "something was written behind the header")
    for message in (
        "'0' is not a size up to 4 MiB", "'9M' is not a size up to 4 MiB", "no process has the number 99; 'ps' lists them", "another process is being recorded; 'trace stop' ends that",
        "it is being recorded; 'trace stop' first", "volume 0 holds no trace", "there is no policy 'lru'; generations, clock and 2q are known", "nothing was recorded; 'trace start PID' does",
    ):  # fmt: skip
        expect(f"trace: {message}" in text, f"not told: {message}")
    expect_match(r"^trace: volume 0 has 4 blocks; the trace needs \d+$", text)
    expect_match(r": 0 problems\.$", text)
    text = context.command("trace format 0; trace load 0; trace start 1; trace stop; trace save 0", status=1, build="release")
    expect(text.count("trace: there is no volume 0; 'disk' shows the volumes") == 2 and "trace: no volume has this number" in text, "no disk: " + text)


@case
def forked_and_shared_pages_are_exact_too(context):
    for work in ("cow 30", "share 40"):
        with tempfile.TemporaryDirectory() as folder:
            lines = f"disk format 0; swap on 0; {work} & trace start {FIRST_PID} 4M; wait; trace; trace replay; stats check"
            text = context.command(lines, disks=[pq.Disk(str(disk(folder, "128M")))], memory="48M", build="release", timeout=280)
        live = int(expect_match(r"^Recorded; it ended because the program ended:\n.* (\d+) pages brought back\.$", text)[1])
        expect(live > 1000, f"{work}: hardly a page came back")
        check_exact(text, "generations", live)
        expect_match(r": 0 problems\.$", text)


@case
def a_change_of_policy_ends_the_trace(context):
    text = context.command(f"thrash 8 zipf n=200000 & trace start {FIRST_PID}; evict policy clock; trace; trace start {FIRST_PID}; kill {FIRST_PID}; wait; trace; trace drop; trace; stats check", status=1)
    expect_match(r"^Recorded; it ended because the policy was changed:\nthrash, policy generations", text)
    expect_match(r"^Recorded; it ended because the program ended:\nthrash, policy clock", text)
    expect_match(r"^Nothing was recorded\.$", text)
    expect_match(r": 0 problems\.$", text)


if __name__ == "__main__":
    sys.exit(main())
