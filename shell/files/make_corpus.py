#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write a text for sort, wc, sha256sum and lz4: lines of made-up records, the same bytes on every machine.

usage: make_corpus.py OUTPUT [LINES]
"""
import sys

LINES = 900
SUBJECTS = [
    "the pager", "a page", "the kernel", "one frame", "a region", "the shell", "a child", "its parent", "the zero page",
    "a stack", "the archive", "every fault", "a message", "the console", "some process", "an endpoint",
    "the last holder", "a reply",
]
VERBS = [
    "maps", "copies", "shares", "counts", "returns", "waits for", "answers", "grows past", "checks", "touches",
    "gives back", "sends", "remembers",
]
OBJECTS = [
    "a private frame", "the guard page", "sixteen pages", "its limit", "nothing at all", "two megabytes",
    "the next capability", "one counter", "a table", "what was asked", "the free list", "a badge", "the whole range",
    "an old answer",
]
ENDS = [
    "at once", "only when written", "without a copy", "in order", "before the reply", "again and again",
    "to the exact count", "when it is idle", "as promised",
]


class Numbers:
    """A linear congruential generator, so that the text does not depend on the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def one_of(self, words):
        return words[self.below(len(words))]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    lines = int(sys.argv[2]) if len(sys.argv) == 3 else LINES
    numbers = Numbers(2024)
    with open(sys.argv[1], "w", newline="\n") as out:
        for _ in range(lines):
            key = numbers.below(100000)
            text = " ".join([numbers.one_of(SUBJECTS), numbers.one_of(VERBS), numbers.one_of(OBJECTS), numbers.one_of(ENDS)])
            out.write(f"{key:05d} {text}{'.' if numbers.below(4) else ''}\n")


main()
