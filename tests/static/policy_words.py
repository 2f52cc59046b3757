#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The kernel holds mechanism only: no word of memory policy stands in its sources."""

import re
import sys
from pathlib import Path

KERNEL = Path(__file__).resolve().parent.parent.parent / "kernel"
WORDS = re.compile(
    r"water[ _-]?mark|\bswap|evict|zero[ _-]?page|quota|pressure|working[ _-]?set|\bcow\b|copy[ _-]?on[ _-]?write|read[ _-]?ahead|compress|overcommit"
    r"|fault[ _-]?around|out of memory|\boom\b",
    re.IGNORECASE,
)


def main():
    sources = sorted(path for path in KERNEL.rglob("*") if path.suffix in (".c", ".h", ".S", ".ld", ".txt", ".md"))
    found = [
        f"{path.relative_to(KERNEL.parent)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WORDS.search(line)
    ]
    print(*found, f"{len(found)} lines with words of policy in {len(sources)} files", sep="\n")
    return 1 if found or len(sources) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
