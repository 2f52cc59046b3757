#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every machine boots to the shell, runs a program, keeps its books in order and powers off."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from system import ROOT, Skip, case, expect, expect_match, main


def boots(context, **settings):
    text = context.command("echo it works; true; primes 100; stats check; echo $?", **settings)
    expect(text.startswith("it works\n25 primes up to 100, the last is 97\n"), "the lines did not print what they should")
    expect_match(r": 0 problems\.\n0\n\Z", text)


def add(name, **settings):
    case(lambda context: boots(context, **settings), name)


for gic in (2, 3):
    for cpu in ("cortex-a72", "max"):
        for memory in ("64M", "1G"):
            add(f"virt-gic{gic}-{cpu}-{memory}", gic=gic, cpu=cpu, memory=memory)
add("virt-release-gic2-cortex-a72-512M", build="release")
add("virt-release-gic3-max-1G", build="release", gic=3, cpu="max", memory="1G")
add("virt-32M", memory="32M")
add("virt-release-32M", build="release", memory="32M")
add("virt-from-el2", el=2)
add("virt-from-el3", el=3)
add("virt-from-el3-gic3", el=3, gic=3)
add("virt-cortex-a53", cpu="cortex-a53")
add("virt-cortex-a76-gic3", cpu="cortex-a76", gic=3)
add("virt-odd-memory-size", memory="333M")
add("virt-mem-argument-caps-ram", memory="1G", append="mem=96M")
add("raspi4b-2G", machine="raspi4b")
add("raspi4b-128M", machine="raspi4b", memory="128M")
add("raspi4b-release-1G", machine="raspi4b", build="release", memory="1G")


@case
def virt_8G(context):
    if os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") < 3 << 30:
        raise Skip("NOT TESTED: 8 GiB of guest memory need about 3 GiB of free memory here")
    boots(context, memory="8G", build="release", timeout=240)


@case
def sdcard_image_boots_on_raspi4b(context):
    with tempfile.TemporaryDirectory() as folder:
        command = [str(ROOT / "scripts" / "sdcard"), "--build-dir", str(context.dirs["release"]), folder]
        subprocess.run(command, check=True, capture_output=True)
        for name in ("kernel8.img", "config.txt", "README.txt"):
            expect(Path(folder, name).is_file(), f"{name} is missing")
        boots(context, machine="raspi4b", build="release", image=str(Path(folder, "kernel8.img")))


@case
def mem_argument_is_seen_in_stats(context):
    text = context.command("stats ram", memory="1G", append="mem=96M")
    expect(int(expect_match(r"^sum +(\d+) ", text)[1]) == 96 * 256, "RAM is not 96 MiB")


@case
def banner_names_machine_and_servers(context):
    context.command("true")
    console = context.console.decode(errors="replace")
    expect_match(r"Pagoda .*MiB RAM", console)
    expect_match(r"init: started pager .* console .* process", console)


if __name__ == "__main__":
    sys.exit(main())
