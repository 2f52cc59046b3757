#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Write seeds for pager_messages_fuzz into a folder, and their list into FOLDER.list: for each operation of the pager's protocol a space with memory and then that operation, with
plausible arguments, one word short, one too long; and a run with pages on disk. The form is that of messages_fuzz.c."""
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
MANAGER_PROCESS = 1 | 2 << 2  # kind MANAGER, id 2
REQUEST, FAULT, ACCESS, DISK = 0, 4, 5, 7
HEAP = bytes([128 | 1 << 3 | 1, 0])  # 0x10000000
READ_WRITE = 3


def length(pages):
    return bytes([192, pages - 1])


def request(number, words, n_words=None, caps=0, who=MANAGER_PROCESS):
    n = len(words) if n_words is None else n_words
    return bytes([REQUEST, who, number, n]) + (bytes([caps, 1][: 1 + caps]) if n else b"") + b"".join(words)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    operations = tomllib.loads((ROOT / "libs/abi/protocols/pager.toml").read_text(encoding="utf-8"))["operation"]
    numbers = {operation["name"]: i + 1 for i, operation in enumerate(operations)}
    word = lambda n: bytes([n])
    raw = lambda text: bytes([224]) + text.ljust(8, b"\0")[:8]
    create = request(numbers["space_create"], [word(0), word(4), raw(b"test")])
    region = request(numbers["region_map"], [word(1), HEAP, length(64), word(READ_WRITE), word(1)])
    touches = b"".join(bytes([ACCESS, 1, 128 | 1 << 3 | 1, page, page % 3, page]) for page in range(12))
    plausible = {"space": word(1), "va": HEAP, "length": length(16), "prot": word(READ_WRITE), "flags": word(1), "top": bytes([128 | 4 << 3 | 1, 0]),
                 "reserve": length(40), "file": word(1), "setting": word(5), "value": word(2), "limit": length(20), "blocks": length(1)}
    for name, number in numbers.items():
        arguments = [f for f in operations[number - 1]["args"] if f["type"] == "word"]
        words = [plausible.get(f["name"], word(1)) for f in arguments]
        if any(f["type"] != "word" for f in operations[number - 1]["args"]):
            words += [word(5), raw(b"bin/small")]
        for suffix, n in (("", None), ("-short", max(len(words) - 1, 0)), ("-long", len(words) + 1)):
            (folder / (name + suffix)).write_bytes(create + region + touches + request(number, words, n) + request(number, words, n, caps=1) + touches)
    always_to_disk = request(numbers["setting_set"], [word(5), word(3)])
    disk = b"".join(bytes([DISK, what]) for what in (0x20, 0xe0, 0x01, 0x42, 0x10))
    fork = request(numbers["space_fork"], [word(1)])
    (folder / "disk").write_bytes(create + region + always_to_disk + (touches + disk) * 3 + fork + touches + disk)
    (folder / "faults").write_bytes(create + b"".join(bytes([FAULT, 1, label, n, 1, 1, 2, 3]) for label in range(12) for n in range(5)))
    folder.with_suffix(".list").write_text(",".join(str(path) for path in sorted(folder.iterdir())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
