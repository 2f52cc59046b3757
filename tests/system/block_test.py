#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Disks: both transports, the SD card, what is on them, errors one by one. What the guest wrote is compared on this side of the image file."""

import binascii
import struct
import sys
import tempfile
from pathlib import Path

from system import TORTURE, Skip, case, counts_requests, expect, expect_match, main, pq

BLOCK = 4096
MASK = (1 << 64) - 1


def make_image(folder, mib, name="disk.img"):
    path = Path(folder) / name
    pq.make_disk(path, f"{mib}M")
    return path


def pattern(seed, block):
    """The test pattern of a block: block.pattern_write in libs/abi/protocols/block.toml."""
    words = []
    for i in range(512):
        z = (seed + block * 512 + i + 1) * 0x9E3779B97F4A7C15 & MASK
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        words.append(z ^ z >> 31)
    return struct.pack("<512Q", *words)


def expect_pattern(path, offset, first, count, seed):
    data = path.read_bytes()
    for block in range(first, first + count):
        at = offset + block * BLOCK
        expect(data[at : at + BLOCK] == pattern(seed, block), f"block {block} of {path.name} is not what the guest wrote")


def swap_header(n_blocks):
    """A sound header: libs/abi/include/pagoda/block_swap.h."""
    header = b"Pagoda swap v1\r\n" + struct.pack("<IIQQQ", 1, BLOCK, n_blocks, 7, 8)
    checksum = 0xCBF29CE484222325
    for byte in header:
        checksum = (checksum ^ byte) * 0x100000001B3 & MASK
    return header + struct.pack("<Q", checksum)


def write_mbr(path, partitions):
    """partitions: (type, first sector, sectors), up to four."""
    table = bytearray(512)
    for index, (kind, first, count) in enumerate(partitions):
        struct.pack_into("<BBBBBBBBII", table, 446 + 16 * index, 0, 0, 0, 0, kind, 0, 0, 0, first, count)
    table[510:] = b"\x55\xaa"
    with open(path, "r+b") as image:
        image.write(table)


def write_gpt(path, partitions):
    """partitions: (first sector, last sector)."""
    sectors = path.stat().st_size // 512
    write_mbr(path, [(0xEE, 1, sectors - 1)])
    entries = bytearray(128 * 128)
    for index, (first, last) in enumerate(partitions):
        struct.pack_into("<16s16sQQ", entries, 128 * index, b"T" * 16, bytes([index + 1]) * 16, first, last)
    header = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, 1, sectors - 1, 34, sectors - 34, b"D" * 16, 2, 128, 128,
                                   binascii.crc32(entries)))  # fmt: skip
    struct.pack_into("<I", header, 16, binascii.crc32(header))
    with open(path, "r+b") as image:
        image.seek(512)
        image.write(header.ljust(512, b"\0") + entries)


def write_and_compare(context, mib=8, count=1200, **settings):
    """Format, write with many requests in flight, compare in the guest and here."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, mib)
        output = context.command(
            f"disk format 0; disk; disk write 0 1 {count} 77; disk compare 0 1 {count} 77; disk counters",
            disks=[pq.Disk(str(path))], timeout=200, **settings,
        )  # fmt: skip
        expect_match(r"all +0 +\d+ +\S+ MiB +swap [0-9a-f]{8}$", output)
        expect_match(rf"compared {count} of {count} blocks, 0 wrong", output)
        expect_pattern(path, 0, 1, count, 77)
        expect(path.read_bytes()[:56].startswith(swap_header(mib * 256)[:32]), "the swap header is not there")
        return output


@case
@counts_requests
def virtio_legacy(context):
    output = write_and_compare(context)
    expect(int(expect_match(r"most in flight (\d+)", output)[1]) >= 4, "requests went one by one")


@case
@counts_requests
def virtio_1(context):
    output = write_and_compare(context, virtio_legacy=False, gic=3, cpu="max")
    expect(int(expect_match(r"most in flight (\d+)", output)[1]) >= 4, "requests went one by one")


@case
@counts_requests
def virtio_release(context):
    write_and_compare(context, build="release")


@case
@counts_requests
def sd_card(context):
    write_and_compare(context, count=300, machine="raspi4b")


@case
def no_disk(context):
    expect("There is no disk." in context.command("disk"), "no word about the missing disk")
    expect_match(r"disk: no volume has this number", context.command("disk check 0", status=1))


@case
def no_sd_card(context):
    output = context.command("disk", machine="raspi4b")
    expect(len(pq.re.findall(r"no card", output)) == 2 and "VOLUME" not in output, "a volume without a card")


@case
@counts_requests
def read_only_disk_is_never_written(context):
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 1)
        path.write_bytes(swap_header(256).ljust(1 << 20, b"\0"))
        before = path.read_bytes()
        output = context.command("disk; disk format 0 force; disk write 0 1 8 1; disk check 0", status=1, disks=[pq.Disk(str(path), read_only=True)])
        expect_match(r"ready|read-only", output)
        expect_match(r"the device can only be read", output)
        expect_match(r"volume 0: read-only", output)
        expect_match(r"read 256 of 256 blocks", output)
        expect(path.read_bytes() == before, "the image has changed")


@case
def tiny_and_odd_disks(context):
    """One sector, less than a block, a block, two blocks, and sectors left over."""
    with tempfile.TemporaryDirectory() as folder:
        disks = []
        for sectors in (1, 7, 8, 17):
            path = Path(folder) / f"{sectors}.img"
            path.write_bytes(bytes(512 * sectors))
            disks.append(pq.Disk(str(path)))
        output = context.command("disk; disk format 2; disk format 3; disk write 3 1 1 5; disk compare 3 1 1 5", status=1, disks=disks)
        expect(len(pq.re.findall(r"virtio-blk", output)) == 4, "a disk is missing")
        expect_match(r"the volume is too small", output)
        expect_match(r"compared 1 of 1 blocks, 0 wrong", output)


@case
@counts_requests
def format_refuses_what_is_not_empty(context):
    with tempfile.TemporaryDirectory() as folder:
        disks = []
        for offset in (0, 600, 4086, 65600, 131000, (2 << 20) - 1):  # boot sector, LVM, Linux swap, btrfs, the last byte ...
            path = make_image(folder, 2, f"{offset}.img")
            with open(path, "r+b") as image:
                image.seek(offset)
                image.write(b"X")
            disks.append(pq.Disk(str(path)))
        before = [Path(disk.file).read_bytes() for disk in disks]
        lines = "; ".join(f"disk format {index}; disk write {index} 1 1 1" for index in range(6))
        output = context.command(f"disk; {lines}", status=1, disks=disks)
        expect(output.count("holds something") == 6 and output.count("carries no Pagoda swap header") == 6, "something was not refused")
        expect([Path(disk.file).read_bytes() for disk in disks] == before, "an image has changed")
        context.command("disk format 0 force; disk write 0 1 100 3; disk compare 0 1 100 3", disks=disks)


@case
@counts_requests
def partitions_mbr(context):
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 8)
        write_mbr(path, [(0x83, 63, 1000), (0x83, 2048, 8192), (0x05, 12288, 100)])
        output = context.command("disk; disk format 0; disk format 2; disk write 2 1 600 9; disk compare 2 1 600 9; disk check 2 1024 1",
                                 status=1, disks=[pq.Disk(str(path))])  # fmt: skip
        expect_match(r"0 +0 +all +0 +2048 +8 MiB +partition table$", output)
        expect_match(r"1 +0 +1 +63 +125 +500 KiB +empty$", output)
        expect_match(r"2 +0 +2 +2048 +1024 +4 MiB +empty$", output)
        expect("volume 0 holds something" in output and "out of range" in output, "a limit was not kept")
        expect_pattern(path, 2048 * 512, 1, 600, 9)
        expect(path.read_bytes()[512 : 2048 * 512].count(0) == 2047 * 512, "a block outside the partition was written")


@case
@counts_requests
def partitions_gpt(context):
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 8)
        write_gpt(path, [(2048, 4095), (4096, 6143)])
        output = context.command("disk; disk format 2; disk write 2 1 100 9", disks=[pq.Disk(str(path))])
        expect_match(r"1 +0 +1 +2048 +256 +1 MiB +empty$", output)
        expect_match(r"2 +0 +2 +4096 +256 +1 MiB +empty$", output)
        expect_pattern(path, 4096 * 512, 1, 100, 9)


@case
def damaged_partition_tables_give_no_volumes(context):
    with tempfile.TemporaryDirectory() as folder:
        wrong = {
            "overlap": [(0x83, 64, 1000), (0x83, 1000, 100)],
            "outside": [(0x83, 64, 1 << 30)],
            "wraps": [(0x83, 0xFFFFFFFF, 0xFFFFFFFF)],
            "zero": [(0x83, 0, 100)],
        }
        disks = []
        for name, partitions in wrong.items():
            path = make_image(folder, 2, name)
            write_mbr(path, partitions)
            disks.append(pq.Disk(str(path)))
        path = make_image(folder, 2, "gpt")
        write_gpt(path, [(100, 200)])
        with open(path, "r+b") as image:  # in an entry: the table's checksum is wrong
            image.seek(1024 + 40)
            image.write(b"\1")
        disks.append(pq.Disk(str(path)))
        output = context.command("disk", disks=disks)
        expect(output.count("damaged partition table") == 5 and len(pq.re.findall(r" all ", output)) == 5, "a damaged table was used")
        expect(not pq.re.search(r"^ *\d+ +\d+ +\d+ +\d+ +\d+ +\d", output, pq.re.MULTILINE), "a partition of a damaged table is listed")


@case
def damaged_swap_header_is_not_trusted(context):
    with tempfile.TemporaryDirectory() as folder:
        disks = []
        for name, header in {"size": swap_header(99), "sum": swap_header(256)[:40] + b"\xff" * 16}.items():
            path = make_image(folder, 1, name)
            path.write_bytes(header.ljust(1 << 20, b"\0"))
            disks.append(pq.Disk(str(path)))
        output = context.command("disk; disk write 0 1 1 1; disk write 1 1 1 1", status=1, disks=disks)
        expect(output.count("damaged swap header") == 2 and output.count("carries no Pagoda swap header") == 2, "a damaged header was accepted")


@case
@counts_requests
def errors_of_the_device_are_reported_per_request(context):
    """QEMU fails each request that touches one sector; those beside it succeed."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 1)
        path.write_bytes(swap_header(256).ljust(1 << 20, b"\0"))
        for event, line in (("read_aio", "check 0 20 1"), ("write_aio", "write 0 20 1 1")):
            rule = f"inject-error.0.event={event},inject-error.0.sector=160,inject-error.0.errno=5,inject-error.0.once=off"
            output = context.command(f"disk {line}; disk check 0 1 19; disk write 0 30 100 4; disk compare 0 30 100 4; disk counters",
                                     status=1, disks=[pq.Disk(str(path), blkdebug=rule)])  # fmt: skip
            expect_match(r"disk: volume 0: I/O error", output)
            expect_match(r"compared 100 of 100 blocks, 0 wrong", output)
            expect_match(r"I/O error: 1$", output)


def injected(context, folder, lines, status=1, **settings):
    path = Path(folder) / "injected.img"
    path.write_bytes(swap_header(256).ljust(1 << 20, b"\0"))
    return context.command(f"{lines}; disk inject none; disk counters", status=status, disks=[pq.Disk(str(path))], **settings)


@case
@counts_requests
def injected_faults(context):
    with tempfile.TemporaryDirectory() as folder:
        write = "disk write 0 1 200 6"
        expect_match(r"I/O error: 1\b", injected(context, folder, f"{write}; disk inject fail 5; disk check 0 1 100"))
        expect_match(r"short: 1\b", injected(context, folder, f"{write}; disk inject short 5; disk check 0 1 100"))
        output = injected(context, folder, f"{write}; disk inject flip 5; disk compare 0 1 100 6; disk compare 0 1 100 6")
        expect_match(r", 1 wrong(?s:.*), 0 wrong", output)
        output = injected(context, folder, f"{write}; disk inject late 3 20 300; disk compare 0 1 200 6", status=0)
        expect_match(r"compared 200 of 200 blocks, 0 wrong", output)


@case
@counts_requests
def a_request_without_answer_times_out(context):
    """The device is reset; the requests beside the lost one are repeated."""
    with tempfile.TemporaryDirectory() as folder:
        for settings in ({"virtio_legacy": True}, {"virtio_legacy": False}, {"machine": "raspi4b"}):
            output = injected(context, folder, "disk write 0 1 200 6; disk inject late 5 0 60000; disk check 0 1 50; disk compare 0 1 200 6", **settings)
            expect_match(r"disk: volume 0: timeout", output)
            expect_match(r"compared 200 of 200 blocks, 0 wrong", output)
            expect_match(r"resets 1,", output)
            expect_match(r"timeout: 1$", output)


@case
def a_slow_disk_is_no_error_when_the_clock_jumps(context):
    """With icount the clock jumps ahead whenever the processor idles, while the host's disk takes its own time."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 1)
        output = context.command("disk format 0; disk write 0 1 4 6; disk compare 0 1 4 6; disk counters",
                                 disks=[pq.Disk(str(path), iops=20)], icount=True, timeout=200)  # fmt: skip
        expect_match(r"compared 4 of 4 blocks, 0 wrong", output)
        expect_match(r"resets 0,", output)
        expect_pattern(path, 0, 1, 4, 6)


@case
def a_dead_device_is_reported_when_the_clock_jumps(context):
    with tempfile.TemporaryDirectory() as folder:
        output = injected(context, folder, "disk inject late 5 0 60000; disk check 0 1 50", icount=True)
        expect_match(r"disk: volume 0: timeout", output)
        expect_match(r"timeout: 1$", output)


@case
def release_has_no_fault_injection(context):
    if TORTURE:
        raise Skip("under torture all machines are of the debug build")
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 1)
        expect_match(r"this machine or build cannot do it",
                     context.command("disk inject fail 1", status=1, build="release", disks=[pq.Disk(str(path))]))  # fmt: skip


@case
def a_volume_in_use_is_not_formatted(context):
    """Not by force either, and not after the server was started again: it knows from the ring."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 8)
        output = context.command("disk format 0; swap on; disk format 0 force; disk inject crash; disk format 0 force; disk write 0 1 1 1; swap off; disk format 0",
                                 status=1, disks=[pq.Disk(str(path))])  # fmt: skip
        expect(output.count("disk: it is in use") == 3, "a volume in use was changed")


def boot_with_shell(context, lines, until):
    """Run lines on a machine that goes on when a service fails: without poweroff=on-stop."""
    machine = context.machine()
    machine.append = f"command={pq.percent_encode(lines)}"
    console = bytearray()
    pq.run_console(machine, 60, console.extend, lambda: until.encode() in console)
    context.console = bytes(console)
    return context.console.decode(errors="replace").replace("\r\n", "\n")


@case
@counts_requests
def block_server_that_fails_is_started_again(context):
    """Its caller gets an error, later ones are served; half-done and queued requests of others too."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_image(folder, 1)
        lines = ("disk format 0; disk write 0 1 200 6; disk inject crash; disk compare 0 1 200 6; disk inject crash 5;"
                 "disk write 0 1 100 7; disk write 0 1 200 8; disk compare 0 1 200 8; services")  # fmt: skip
        for settings in ({"virtio_legacy": True}, {"virtio_legacy": False}, {"machine": "raspi4b"}):
            path.write_bytes(bytes(1 << 20))
            text = context.command(lines, status=1, disks=[pq.Disk(str(path))], **settings)
            expect(text.count("there is no server behind the capability") == 2, "a caller got no answer, or one too many")
            expect_match(r"compared 200 of 200 blocks, 0 wrong(?s:.*)compared 200 of 200 blocks, 0 wrong", text)
            expect_match(r"^block +running +2 ", text)
            console = context.console.decode(errors="replace")
            expect("service block has failed: it was stopped by fault" in console and "started again (2 of 8)" in console, "init said nothing")
            expect_pattern(path, 0, 1, 200, 8)


@case
def system_goes_on_without_the_block_server(context):
    """It fails once more than it is started again. Its caller gets an answer, later ones too; the rest lives on."""
    crashes = "disk inject crash; " * 9
    text = boot_with_shell(context, f"{crashes}disk; services; cow 1; echo the end", "the end")
    expect("it was started again 8 times, the disks are gone" in text, "nothing was said about the block server")
    expect(text.count("there is no server behind the capability") == 10, "a caller got no answer")
    expect_match(r"block +failed", text)
    expect_match(r"parent 0 wrong, child 0 wrong", text)


@case
@counts_requests
def fail_io_boot_argument(context):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "disk.img"
        path.write_bytes(swap_header(256).ljust(1 << 20, b"\0"))
        output = context.command("disk check 0 1 30; disk counters", status=1, append="fail-io=7", disks=[pq.Disk(str(path))])
        expect_match(r"I/O error: [1-9]", output)


if __name__ == "__main__":
    sys.exit(main())
