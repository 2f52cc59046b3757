#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Damaged or missing parts at boot: one clear line and a stop, never silence or a hang."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from system import TORTURE, case, expect, expect_match, main, pq


def stops_with(context, pattern, **settings):
    ended, text = context.boot(timeout=30, **settings)
    expect_match(pattern, text)
    expect(ended == 0, f"no power-off after the message (QEMU's status: {ended})")
    expect("pagoda>" not in text, "it booted all the same")


def with_initrd(context, content, pattern, **settings):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "initrd"
        path.write_bytes(content)
        stops_with(context, pattern, initrd=str(path), **settings)


def archive(files):
    """A cpio archive of the newc kind."""
    out = b""
    for name, data in [*files, ("TRAILER!!!", b"")]:
        raw = name.encode() + b"\0"
        fields = [1, 0o100755, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def program(context, name):
    return (context.dirs["debug"] / "stripped" / name).read_bytes()


def whole_archive(context):
    return archive([(f"bin/{name}", program(context, name)) for name in ("init", "pager", "block", "console", "process", "shell", "true")])


@case
def initrd_archive_replaces_the_built_in_one(context):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "initrd"
        path.write_bytes(whole_archive(context))
        text = context.command("ls; true; true", initrd=str(path))
    expect("bin/shell" in text and "corpus" not in text, "not the archive that was given")


@case
def initrd_of_garbage_is_refused(context):
    with_initrd(context, b"this is neither an archive nor a program\n" * 200, r"^pagoda: boot: .*initrd.*neither")


@case
def initrd_empty_archive_has_no_root_task(context):
    with_initrd(context, archive([("README", b"hello\n")]), r"^pagoda: boot: .*no root task")


@case
def initrd_cut_short_is_refused(context):
    content = whole_archive(context)
    with_initrd(context, content[: len(content) // 2 + 10], r"^pagoda: boot: .*(cut short|damaged|not a cpio)")


@case
def initrd_with_damaged_header_is_refused(context):
    content = bytearray(whole_archive(context))
    header = bytes(content).rindex(b"bin/process\0") - 110
    content[header + 60] = ord("x")  # a digit of the file's size
    with_initrd(context, bytes(content), r"^pagoda: boot: .*(damaged|cut short|not a cpio)")


@case
def root_task_cut_short_is_refused(context):
    with_initrd(context, archive([("bin/init", program(context, "init")[:9000])]), r"^pagoda: boot: root task .*cut short")


@case
def root_task_for_another_machine_is_refused(context):
    data = bytearray(program(context, "init"))
    data[18:20] = b"\x3e\x00"  # e_machine: x86-64
    with_initrd(context, archive([("bin/init", bytes(data))]), r"^pagoda: boot: root task .*not an AArch64 ELF file")


@case
def root_task_elf_with_wild_segment_is_refused(context):
    data = bytearray(program(context, "kernel_tests"))
    offset = int.from_bytes(data[32:40], "little")
    data[offset + 16 : offset + 24] = (0xFFFF800000000000).to_bytes(8, "little")  # p_vaddr: a kernel address
    with_initrd(context, bytes(data), r"^pagoda: boot: root task .*(outside|entry point)")


@case
def missing_server_is_named(context):
    with_initrd(context, archive([("bin/init", program(context, "init"))]), r"^init: .*bin/block")
    with_initrd(context, archive([(f"bin/{name}", program(context, name)) for name in ("init", "block")]), r"^init: .*bin/pager")


@case
def missing_shell_is_named(context):
    files = [(f"bin/{name}", program(context, name)) for name in ("init", "pager", "block", "console", "process")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "initrd"
        path.write_bytes(archive(files))
        ended, text = context.boot(timeout=15, initrd=str(path), until=b"cannot be started")
    expect_match(r"^init: .*shell.* cannot be started", text)
    del ended


@case
def damaged_server_is_named(context):
    names = ("init", "pager", "block", "console", "process", "shell")
    files = [(f"bin/{name}", program(context, name) if name != "pager" else b"\x7fELF" + bytes(3000)) for name in names]
    with_initrd(context, archive(files), r"^init: .*pager")


@case
def root_task_that_returns_powers_off_or_stops_quietly(context):
    # Any root task boots: the kernel's own tests without a single test selected end at once.
    ended, text = context.boot(timeout=30, initrd=str(context.dirs["debug"] / "stripped" / "kernel_tests"), append="export=vcnt,pmu tests=none")
    expect_match(r"^tests 0 passed 0 failed 0$", text)
    expect(ended == 0, "no power-off")


@case
def too_little_ram_is_one_clear_line(context):
    """Every size from 1 MiB on either works or ends with one line that says so, after the banner of the boot stage and the kernel."""
    works = []
    debug, release = (1024, 2048, 3072, 3400, 4096, 5120, 6080, 16384), (2048, 4096, 5632, 8192)
    for build, kib in [("debug", k) for k in debug] + [("release", k) for k in release if not TORTURE]:  # all machines are of the debug build then
        ended, text = context.boot(timeout=30, append=f"mem={kib}K command=true", build=build)
        expect(ended == 0, f"mem={kib}K: no power-off (QEMU's status: {ended})")
        lines = [line for line in text.splitlines() if line and not re.match(r"pagoda: .* RAM, ", line)]
        if lines[-1].endswith("\x030"):
            works.append(kib)
            continue
        expect(len(lines) == 1, f"mem={kib}K, {build}: not one line but {lines}")
        expect_match(r"^(pagoda: boot|init): too little memory: .*\d+ (KiB|MiB)", lines[0])
    expect(works == [16384] + [8192] * (not TORTURE), f"unexpected sizes work: {works}")


@case
def eight_mib_are_enough_for_small_things(context):
    text = context.command("primes 100; true; stats check", memory="16M" if TORTURE else "8M", build="release")
    expect_match(r"^25 primes up to 100", text)


@case
def wrong_mem_argument_is_reported(context):
    _, text = context.boot(timeout=20, append="mem=lots", until=b"pagoda> ")
    expect_match(r"^pagoda: boot: .*mem=", text)


def device_tree(context, change):
    """The Pi 4 tree of the build, as text, changed, as a blob again."""
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(pq.raspi_dtb(context.dirs["debug"]))], capture_output=True, check=True)
    text = change(source.stdout.decode())
    return subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb"], input=text.encode(), capture_output=True, check=True).stdout


def pi_with_tree(context, blob):
    """The console of a raspi4b with another tree (None: without) up to the boot stage's last words: it stops then."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pi.dtb"
        if blob is not None:
            path.write_bytes(blob)
        _, text = context.boot(timeout=20, machine="raspi4b", dtb=str(path) if blob is not None else None, until=b"\n")
    return text


@case
def missing_device_tree_is_reported(context):
    text = pi_with_tree(context, None)
    expect_match(r"^pagoda: boot: .*device tree", text)


@case
def device_tree_without_interrupt_controller_is_reported(context):
    text = pi_with_tree(context, device_tree(context, lambda text: text.replace("arm,gic-400", "nobody,knows")))
    expect_match(r"^pagoda: boot: .*interrupt controller", text)


@case
def device_tree_without_cpus_is_reported(context):
    text = pi_with_tree(context, device_tree(context, lambda text: text.replace('device_type = "cpu"', 'device_type = "spu"')))
    expect_match(r"^pagoda: boot: .*CPU", text)


if __name__ == "__main__":
    sys.exit(main())
