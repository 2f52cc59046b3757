#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""mutate.py SOURCE OUTPUT OLD NEW: writes SOURCE with OLD, which must be there exactly once, replaced by NEW: a seeded bug that a test must find."""

import sys
from pathlib import Path

source, output, old, new = sys.argv[1:]
text = Path(source).read_text(encoding="utf-8")
if text.count(old) != 1:
    sys.exit(f"{source}: {text.count(old)} places with {old!r}, not 1: the seeded bug must be written anew")
Path(output).write_text(text.replace(old, new), encoding="utf-8")
