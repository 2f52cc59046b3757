# SPDX-License-Identifier: BSD-2-Clause
"""scripts/run: build what is needed and boot it, with a terminal or for one command."""

import subprocess
import sys
from pathlib import Path

import pagoda_qemu as pq

EPILOG = """examples:
  scripts/run                                      boot to the shell; ^A x quits QEMU, ^C goes to Pagoda
  scripts/run --command 'sha256sum /bin/shell'     print the result and exit
  scripts/run --machine raspi4b --memory 128M      Raspberry Pi 4 with 128 MiB
  scripts/run --disk swap.img --disk-size 64M      with a disk, made if it is not there yet
  scripts/run --initrd my-root-task.elf            boot any seL4 root task instead of Pagoda's servers

exit status: with --command the status of the lines (0: every line succeeded), 124 after --timeout, 125 if the machine stopped
before the lines had ended; otherwise QEMU's own. 2: wrong usage. 1: packages or build failed.
"""


def parse(arguments):
    parser = pq.Parser(
        prog="scripts/run",
        description="Install what is missing, build Pagoda and boot it in QEMU.",
        epilog=EPILOG,
        formatter_class=pq.argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    pq.add_machine_options(parser)
    parser.add_argument("--build", default="debug", choices=["debug", "release"], help="which build to boot (default: %(default)s)")
    parser.add_argument("--initrd", metavar="FILE", help="another boot archive (cpio newc), or a root task as an ELF file")
    parser.add_argument("--append", metavar="ARGS", default="", help="boot arguments, for example 'asids=8' (docs/boot.md lists them)")
    parser.add_argument(
        "--disk", metavar="FILE[:ro]", action="append", default=[],
        help="a raw image as a disk (virtio-blk; on raspi4b the SD card); :ro read-only; on virt it may be repeated",
    )  # fmt: skip
    parser.add_argument("--disk-size", metavar="SIZE", help="make the --disk images that do not exist, this large: 64M, 1G, ...")
    parser.add_argument("--gdb", action="store_true", help="wait for a debugger on localhost:1234 before the first instruction")
    parser.add_argument("--timeout", metavar="S", type=float, help="stop QEMU after S seconds (with --command: 120 unless given)")
    parser.add_argument(
        "--command",
        metavar="'LINE; LINE'",
        help="boot without a terminal, run these shell lines, print exactly their output on stdout, power off",
    )
    parser.add_argument("--build-dir", metavar="DIR", help="boot the image in this build folder as it is; nothing is installed or built")
    parser.add_argument("--image", metavar="FILE", help="boot this image instead of the build's")
    parser.add_argument("--icount", action="store_true", help="deterministic time: one instruction is one nanosecond")
    parser.add_argument("--qemu", metavar="ARG", action="append", default=[], help="one more argument for QEMU (may be repeated)")
    parser.add_argument("--dry-run", action="store_true", help="print the QEMU command line and exit")
    options = parser.parse_args(arguments)
    if options.timeout is not None and options.timeout <= 0:
        parser.error("--timeout: must be more than 0 seconds")
    if options.command is not None and not options.command.strip():
        parser.error("--command: no line given")
    if options.disk_size is not None and not options.disk:
        parser.error("--disk-size: there is no --disk")
    if options.build_dir and not Path(options.build_dir).is_dir():
        parser.error(f"--build-dir: no such folder: {options.build_dir}")
    return parser, options


def interactive(machine, timeout):
    command = machine.command_line(["-serial", "mon:stdio"])
    if sys.stdin.isatty():
        print("Pagoda: ^A x quits QEMU, ^A h shows its other keys; ^C goes to the shell.", file=sys.stderr)
    if machine.gdb:
        kernel = machine.build_dir / "kernel" / "kernel.elf"
        print(f"Waiting for a debugger: gdb-multiarch -ex 'target remote :1234' {kernel}", file=sys.stderr)
    with subprocess.Popen(command, preexec_fn=pq.die_with_parent) as qemu:
        while True:
            try:
                return qemu.wait(timeout)
            except subprocess.TimeoutExpired:
                qemu.terminate()  # lets QEMU restore the terminal
                try:
                    qemu.wait(5)
                except subprocess.TimeoutExpired:
                    qemu.kill()
                print(f"\nrun: stopped after {timeout:g} s", file=sys.stderr)
                return pq.EXIT_TIMEOUT
            except KeyboardInterrupt:
                continue  # only without a terminal of its own: QEMU got the signal too


def main(arguments):
    parser, options = parse(arguments)
    try:
        if options.command is not None:
            pq.check_command(options.command)
        machine = pq.machine_from(options, options.build_dir or pq.ROOT / "build" / options.build)
        machine.initrd, machine.append, machine.gdb = options.initrd, options.append, options.gdb
        machine.icount, machine.extra, machine.image = options.icount, options.qemu, options.image
        machine.disks = [pq.Disk.parse(disk) for disk in options.disk]
        if options.disk_size is not None:
            for disk in machine.disks:
                pq.make_disk(disk.file, options.disk_size)
        machine.check()
        if options.build_dir is None and not options.dry_run:
            if not pq.setup():
                return 1
            if not pq.build(options.build):
                print("run: the build failed; its messages are above", file=sys.stderr)
                return 1
        if not machine.image_path().is_file() and not options.dry_run:
            raise pq.UsageError(f"no image {machine.image_path()}")
        if machine.machine == "raspi4b" and not pq.qemu_has("raspi4b"):
            raise pq.UsageError("this QEMU has no raspi4b (it came with version 9): scripts/setup installs a newer one")
        if options.dry_run:
            print(pq.quoted(machine.command_line(["-serial", "mon:stdio"])))
            return 0
        if options.command is None:
            return interactive(machine, options.timeout)
        result = pq.run_command(machine, options.command, options.timeout or 120, sys.stdout.buffer, sys.stderr.buffer)
        return result.status
    except pq.UsageError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
