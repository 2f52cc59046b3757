#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make a boot archive: cpio "newc" whose file data starts on page boundaries.

usage: mkarchive.py OUTPUT [PATH=FILE]...

PATH is the name in the archive (no leading slash), FILE what goes there. Entries are written in the order of their names, with fixed owner and
time, so that equal input gives equal output. The data is aligned by NUL bytes after the name, which every cpio reader skips: pages of a file can
then be mapped where they lie.
"""
import sys

PAGE = 4096
HEADER_BYTES = 110


def entry(offset, name, data, mode, align):
    """One archive member that starts at `offset` (a multiple of 4); its data begins at a multiple of `align`."""
    raw = name.encode() + b"\0"
    data_at = -(-(offset + HEADER_BYTES + len(raw)) // align) * align
    raw = raw.ljust(data_at - offset - HEADER_BYTES, b"\0")
    inode = 0 if name == "TRAILER!!!" else offset // 4 + 1
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    return header + raw + data + b"\0" * (-len(data) % 4)


def check_name(name):
    if not name or name.startswith("/") or ".." in name.split("/") or name == "TRAILER!!!":
        sys.exit(f"mkarchive: bad name in the archive: '{name}'")


def main(argv):
    if len(argv) < 2 or argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if len(argv) > 1 else 2
    members = {}
    for argument in argv[2:]:
        name, equals, path = argument.partition("=")
        check_name(name)
        if not equals:
            sys.exit(f"mkarchive: '{argument}' is not PATH=FILE")
        if name in members:
            sys.exit(f"mkarchive: '{name}' is there twice")
        members[name] = path
    archive = b""
    for name in sorted(members):
        try:
            with open(members[name], "rb") as file:
                data = file.read()
        except OSError as error:
            sys.exit(f"mkarchive: {members[name]}: {error.strerror}")
        mode = 0o100755 if name.startswith("bin/") else 0o100644
        archive += entry(len(archive), name, data, mode, PAGE)
    archive += entry(len(archive), "TRAILER!!!", b"", 0, 4)
    with open(argv[1], "wb") as file:
        file.write(archive)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
