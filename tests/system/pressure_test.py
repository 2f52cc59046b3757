#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Memory pressure as programs feel it: caches that give way. Time is counted in instructions."""

import re
import sys

from system import case, expect, expect_match, main

SETTINGS = {"memory": "64M", "build": "release", "icount": True, "timeout": 280}


@case
def a_cache_gives_way_and_nobody_is_ended(context):
    """With eviction off nothing but the cache's own pages can make room."""
    text = context.command("evict off; cache 44 400 & thrash 4 seq n=30000; thrash 24 seq n=8000 data=random; wait; pressure; stats check", **SETTINGS)
    expect_match(r"^thrash 24 MiB seq: 8000 accesses, 0 wrong", text)
    most, given, signals, wrong, left = map(int, expect_match(
        r"^cache: (\d+) entries at most, (\d+) given back, (\d+) signals; \d+ look-ups, (\d+) wrong; (\d+) entries now", text).groups())  # fmt: skip
    expect(most > 10000, f"the cache never grew beyond {most} entries")
    expect(given > 2000, f"the cache gave only {given} entries back")
    expect(signals >= 2, "the cache was not told that pressure came and went")
    expect(wrong == 0, "an entry was wrong")
    expect(left > most // 2, f"the cache did not grow again when the memory was free: {left} entries")
    expect("out of memory" not in text, "a program was ended")
    expect(int(expect_match(r"^ +critical .* (\d+)$", text)[1]) == 0, "pressure became critical although the cache gave way")
    expect_match(r": 0 problems\.$", text)


if __name__ == "__main__":
    sys.exit(main())
