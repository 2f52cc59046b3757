# SPDX-License-Identifier: BSD-2-Clause
"""Building Pagoda and starting QEMU: shared by scripts/run, scripts/test, scripts/bench and the test drivers."""

import argparse
import ctypes
import fcntl
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
QEMU = "qemu-system-aarch64"

STX = 0x02  # the shell sends it before the first line's output of a --command run ...
ETX = 0x03  # ... and this after the last, then the exit status in decimal and a newline
EXIT_TIMEOUT = 124  # as timeout(1) has it
EXIT_NO_STATUS = 125  # the machine stopped before the command's exit status was known

RASPI_RAM = "2G"  # the only size QEMU accepts for raspi4b
COMMAND_MAX = 713  # bytes of command= that init has room for (SHELL_ARGUMENTS_MAX in servers/init/services.c); a system test compares


class UsageError(Exception):
    """Wrong option or combination: message for the user, exit status 2."""


@dataclass
class Disk:
    """A raw image file as a disk of the machine."""

    file: str
    read_only: bool = False
    blkdebug: str | None = None  # tests: options of QEMU's blkdebug driver, as -blockdev takes them
    iops: int | None = None  # tests: a slow disk: requests per second of the host's time

    @classmethod
    def parse(cls, text):
        """FILE or FILE:ro."""
        return cls(text[:-3], True) if text.endswith(":ro") else cls(text)

    def check(self, machine):
        path = Path(self.file)
        if not path.is_file():
            raise UsageError(f"no such disk image: {self.file} (--disk-size makes one)")
        size = path.stat().st_size
        if "," in self.file:
            raise UsageError(f"the name of a disk image must not contain a comma: {self.file}")
        if size == 0 or size % 512 != 0:
            raise UsageError(f"{self.file}: {size} bytes; a disk image is a whole number of sectors of 512 bytes")
        if machine == "raspi4b" and size & (size - 1):
            raise UsageError(f"{self.file}: {size} bytes; raspi4b takes SD cards of a power of two only")
        if machine == "raspi4b" and self.read_only:
            raise UsageError("raspi4b takes no read-only SD card")

    def backend(self, index):
        """QEMU's options for the file, as drive `disk<index>`."""
        read_only = "on" if self.read_only else "off"
        if self.blkdebug is None:
            # discard=unmap: what the guest discards is punched out of the file.
            slow = f",throttling.iops-total={self.iops}" if self.iops else ""
            return ["-drive", f"if=none,id=disk{index},format=raw,discard=unmap,file={self.file},readonly={read_only}{slow}"]
        return [
            "-blockdev", f"driver=file,node-name=file{index},filename={self.file},read-only={read_only}",
            "-blockdev", f"driver=blkdebug,node-name=debug{index},image=file{index},{self.blkdebug}",
            "-blockdev", f"driver=raw,node-name=disk{index},file=debug{index},read-only={read_only}",
        ]  # fmt: skip


def make_disk(file, size):
    """A new image file, sparse, all zeros. An existing one is left alone if it has that size."""
    wanted = memory_bytes(size)
    path = Path(file)
    if path.exists():
        if path.stat().st_size != wanted:
            raise UsageError(f"{file} exists and has {path.stat().st_size} bytes, not {size}: remove it or leave --disk-size out")
        return
    with open(path, "xb") as image:
        image.truncate(wanted)


@dataclass
class Machine:
    """One machine to boot, and with what."""

    machine: str = "virt"
    cpu: str = "cortex-a72"
    memory: str = "512M"
    gic: int = 2
    el: int = 1  # virt: exception level at entry (2: virtualization=on, 3: also secure=on)
    build_dir: Path = ROOT / "build" / "debug"
    initrd: str | None = None
    append: str = ""
    icount: bool = False  # deterministic: one instruction is one nanosecond
    gdb: bool = False
    disks: list = field(default_factory=list)  # of Disk; raspi4b: at most one, the SD card
    virtio_legacy: bool = True  # virt: the transport that QEMU gives virtio devices by default
    extra: list = field(default_factory=list)
    image: str | None = None
    dtb: str | None = "build"  # raspi4b: "build" is the build's own tree, None is no tree at all, else a file

    def check(self):
        if self.machine not in ("virt", "raspi4b"):
            raise UsageError(f"unknown machine '{self.machine}': virt or raspi4b")
        if self.gic not in (2, 3):
            raise UsageError(f"unknown interrupt controller version {self.gic}: 2 or 3")
        if self.el not in (1, 2, 3):
            raise UsageError(f"unknown exception level {self.el}: 1, 2 or 3")
        if memory_bytes(self.memory) < 1 << 20:
            raise UsageError(f"memory '{self.memory}' is less than 1M")
        if self.machine == "raspi4b":
            if self.gic != 2:
                raise UsageError("raspi4b has a GICv2 (GIC-400): --gic 3 needs --machine virt")
            if self.cpu != "cortex-a72":
                raise UsageError("raspi4b has Cortex-A72 CPUs: --cpu needs --machine virt")
            if self.el not in (1, 2):
                raise UsageError("raspi4b always starts at EL2 here: --el needs --machine virt")
            if memory_bytes(self.memory) > memory_bytes(RASPI_RAM):
                raise UsageError(f"raspi4b has {RASPI_RAM} of RAM: --memory can only take less")
        if self.initrd is not None and not Path(self.initrd).is_file():
            raise UsageError(f"no such file: {self.initrd}")
        if self.machine == "raspi4b" and len(self.disks) > 1:
            raise UsageError("raspi4b has one SD card: --disk may be given once")
        for disk in self.disks:
            disk.check(self.machine)

    def boot_arguments(self):
        """The kernel command line. On raspi4b QEMU's RAM is fixed and mem= caps it."""
        words = self.append.split()
        if self.machine == "raspi4b" and memory_bytes(self.memory) < memory_bytes(RASPI_RAM):
            words.insert(0, f"mem={self.memory}")
        return " ".join(words)

    def image_path(self):
        return Path(self.image) if self.image else self.build_dir / "pagoda.img"

    def disk_options(self):
        words = []
        if self.disks and self.machine == "virt" and not self.virtio_legacy:
            words += ["-global", "virtio-mmio.force-legacy=false"]
        # QEMU puts the first virtio device into the last place: with the order turned round, disk 0 of the guest is the first one here.
        for index, disk in reversed(list(enumerate(self.disks))):
            if self.machine == "raspi4b":
                words += ["-drive", f"if=sd,index=0,format=raw,file={disk.file}"]
            else:
                words += [*disk.backend(index), "-device", f"virtio-blk-device,drive=disk{index}"]
        return words

    def command_line(self, serial):
        """QEMU's arguments; serial: list of the options for the first UART."""
        self.check()
        if self.machine == "virt":
            features = f"virt,gic-version={self.gic}"
            if self.el >= 2:
                features += ",virtualization=on"
            if self.el >= 3:
                features += ",secure=on"
            words = [QEMU, "-M", features, "-cpu", self.cpu, "-m", self.memory]
        else:
            # One host thread for all processors: those that nobody has started wait in a loop, which else takes three of this machine's.
            words = [QEMU, "-M", "raspi4b", "-accel", "tcg,thread=single", "-m", RASPI_RAM]
            if self.dtb is not None:
                words += ["-dtb", str(raspi_dtb(self.build_dir)) if self.dtb == "build" else self.dtb]
        words += ["-nodefaults", "-display", "none", *serial, "-kernel", str(self.image_path())]
        if self.initrd is not None:
            words += ["-initrd", self.initrd]
        if self.boot_arguments():
            words += ["-append", self.boot_arguments()]
        words += self.disk_options()
        if self.icount:
            words += ["-icount", "shift=0,sleep=off"]
        if self.gdb:
            words += ["-s", "-S"]
        return words + self.extra


def memory_bytes(text):
    match = re.fullmatch(r"(\d+)([kKmMgG]?)", str(text))
    if match is None:
        raise UsageError(f"bad memory size '{text}': a number with K, M or G, like 512M")
    # As QEMU has it: a bare number counts MiB.
    return int(match[1]) << {"k": 10, "m": 20, "g": 30, "": 20}[match[2].lower()]


def raspi_dtb(build_dir):
    found = sorted(Path(build_dir).glob("**/*rpi*4*.dtb")) + sorted(Path(build_dir).glob("platform/**/*.dtb"))
    if not found:
        raise UsageError(f"no device tree for raspi4b in {build_dir}: is it built?")
    return found[0]


def qemu_has(machine):
    """Does the installed QEMU know this machine?"""
    listing = subprocess.run([QEMU, "-M", "help"], capture_output=True, text=True, check=False).stdout
    return any(line.split()[:1] == [machine] for line in listing.splitlines())


def build(preset, targets=()):
    """Configure (once) and build a preset; all output on stderr. False if it failed."""
    directory = ROOT / "build" / preset
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two builds in one folder would trip over each other
        if not (directory / "build.ninja").exists():
            if subprocess.run(["cmake", "--preset", preset], cwd=ROOT, stdout=sys.stderr, check=False).returncode != 0:
                return False
        command = ["cmake", "--build", "--preset", preset]
        if targets:
            command += ["--target", *targets]
        return subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode == 0


def setup():
    """Install what is missing (quick when nothing is)."""
    return subprocess.run([str(ROOT / "scripts" / "setup")], stdout=sys.stderr, check=False).returncode == 0


def percent_encode(text):
    """One blank-free token for the boot arguments; the guest undoes it byte by byte."""
    safe = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/"
    return "".join(chr(byte) if byte in safe else f"%{byte:02x}" for byte in text.encode())


def check_command(command):
    """A command that the guest would refuse is refused before it boots."""
    length = len(command.encode())
    if length > COMMAND_MAX:
        raise UsageError(f"--command: {length} bytes; the lines may have {COMMAND_MAX}")
    if "\0" in command:
        raise UsageError("--command: a NUL character cannot be passed")


class CommandStream:
    """Splits the console's bytes into the command's output and everything else.

    output and other are called with bytes. `status` is None until the final mark has been read."""

    END = re.compile(rb"\x03(\d{1,3})\r?\n")
    MAYBE = re.compile(rb"\x03(\d{0,3}\r?)\Z")

    def __init__(self, output, other):
        self.output, self.other = output, other
        self.state = "before"
        self.pending = b""
        self.status = None

    def feed(self, data):
        self.pending += data
        if self.state == "before":
            start = self.pending.find(bytes([STX]))
            if start < 0:
                self.other(self.pending)
                self.pending = b""
                return
            self.other(self.pending[:start])
            self.pending = self.pending[start + 1 :]
            self.state = "inside"
        if self.state == "inside":
            end = self.END.search(self.pending)
            if end is None:
                # Hold back what could be the beginning of the final mark or of a line end.
                maybe = self.MAYBE.search(self.pending)
                keep = maybe.start() if maybe else len(self.pending)
                if maybe is None and self.pending.endswith(b"\r"):
                    keep -= 1
                self.emit(self.pending[:keep])
                self.pending = self.pending[keep:]
                return
            self.emit(self.pending[: end.start()])
            self.status = int(end[1])
            self.pending = self.pending[end.end() :]
            self.state = "after"
        self.other(self.pending)
        self.pending = b""

    def close(self):
        if self.state == "inside":
            self.emit(self.pending)
        else:
            self.other(self.pending)
        self.pending = b""

    def emit(self, data):
        # The console sends a newline as CR LF; everything else is the program's own.
        if data:
            self.output(data.replace(b"\r\n", b"\n"))


def die_with_parent():
    """In the child before QEMU starts: whoever kills this script (a timeout, for example) must not leave QEMU running."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run_console(machine, timeout, feed, until=None):
    """Boot without a terminal and pass every console byte to feed(bytes). Returns QEMU's exit status, or None when the
    time was up (QEMU is then killed). until(): true ends the run early."""
    command = machine.command_line(["-serial", "stdio", "-monitor", "none"])
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=None, preexec_fn=die_with_parent) as qemu:
        deadline = time.monotonic() + timeout
        try:
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    qemu.kill()
                    return None
                ready, _, _ = select.select([qemu.stdout], [], [], min(left, 1.0))
                if ready:
                    data = os.read(qemu.stdout.fileno(), 65536)
                    if not data:
                        return qemu.wait(max(left, 1.0))
                    feed(data)
                    if until is not None and until():
                        qemu.kill()
                        return 0
        except subprocess.TimeoutExpired:
            qemu.kill()
            return None
        except BaseException:
            qemu.kill()
            raise


@dataclass
class CommandResult:
    status: int  # what scripts/run exits with
    output: bytes  # what the lines printed
    console: bytes  # everything else on the console


def run_command(machine, command, timeout, stdout=None, stderr=None):
    """Boot, run shell lines, power off. stdout/stderr: binary streams that are written to while it runs, or None."""
    check_command(command)
    output, other, everything = bytearray(), bytearray(), bytearray()

    def to(collected, stream):
        def write(data):
            collected.extend(data)
            if stream is not None and data:
                stream.write(data)
                stream.flush()

        return write

    stream = CommandStream(to(output, stdout), to(other, stderr))

    def feed(data):
        everything.extend(data)
        stream.feed(data)

    machine.append = f"{machine.append} poweroff=on-stop command={percent_encode(command)}".strip()
    ended = run_console(machine, timeout, feed)
    stream.close()

    def complain(text):
        if stderr is not None:
            stderr.write(text.encode())
            stderr.flush()
        other.extend(text.encode())

    if ended is None:
        status = EXIT_TIMEOUT
        tail = bytes(everything[-2000:]).decode(errors="replace").replace("\r\n", "\n")
        complain(f"\nrun: no end after {timeout} s; QEMU was stopped. The last output was:\n{tail}\n")
    elif stream.status is None:
        status = EXIT_NO_STATUS
        complain("\nrun: the machine stopped before the command had ended\n")
    else:
        status = stream.status
        if status == 0 and ended != 0:
            status = EXIT_NO_STATUS
            complain(f"\nrun: the command succeeded but QEMU ended with status {ended}\n")
    return CommandResult(status, bytes(output), bytes(other))


def add_machine_options(parser):
    """The options that choose a machine, for every script that boots one."""
    parser.add_argument("--machine", default="virt", choices=["virt", "raspi4b"], help="machine to boot on (default: %(default)s)")
    parser.add_argument("--cpu", default="cortex-a72", help="CPU model of virt, as QEMU names it (default: %(default)s)")
    parser.add_argument("--memory", help="RAM: 512M, 2G, ... (default: 512M on virt, all of 2G on raspi4b, where it becomes mem=)")
    parser.add_argument("--gic", type=int, default=2, choices=[2, 3], help="interrupt controller version of virt (default: %(default)s)")
    parser.add_argument(
        "--el", type=int, default=1, choices=[1, 2, 3], help="exception level at which virt starts (default: %(default)s)"
    )


def machine_from(options, build_dir):
    memory = options.memory or (RASPI_RAM if options.machine == "raspi4b" else "512M")
    return Machine(
        machine=options.machine, cpu=options.cpu, memory=memory, gic=options.gic, el=options.el, build_dir=Path(build_dir)
    )


class Parser(argparse.ArgumentParser):
    """Wrong options: the reason first, then where help is; exit status 2."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\nTry '{self.prog} --help'.\n")


def quoted(words):
    return " ".join(shlex.quote(str(word)) for word in words)
