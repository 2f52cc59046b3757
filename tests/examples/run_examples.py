#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Does what the documentation's examples say in a copy of the tree, builds it, runs them, and compares what they print.

An example is marked by comments in a page, which a reader does not see:

  <!-- example: file PATH -->             the next code block is the file PATH
  <!-- example: after PATH | TEXT -->     the next code block goes into PATH, below the first line that contains TEXT
  <!-- example: before PATH | TEXT -->    the same, above it
  <!-- example: end PATH -->              the next code block goes to the end of PATH
  <!-- example: edit PATH | OLD | NEW --> the only OLD in PATH becomes NEW
  <!-- example: output -->                the next code block has commands, each behind `$ ` and with the lines that it prints among others
  <!-- example: output like -->           the same, but numbers, units of time, plurals and the length of rules may differ
  <!-- example: session OPTIONS -->       the next code block is a dialogue with the shell on a machine of its own, started by scripts/run OPTIONS: lines behind
                                          `pagoda> `, and what they print among others, as with `like`

All examples of all pages stand in one tree, so that it is built once.
"""
import argparse
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = re.compile(r"<!-- example: (\w+)(?: (.*?))? -->")


class Wrong(Exception):
    pass


def block_after(lines, i, where):
    """The first code block from line i on, fenced or indented, without its indentation."""
    while i < len(lines) and (not lines[i].strip() or MARK.search(lines[i])):
        i += 1
    if i < len(lines) and lines[i].lstrip().startswith("```"):
        indent = len(lines[i]) - len(lines[i].lstrip())
        end = next((j for j in range(i + 1, len(lines)) if lines[j].strip() == "```"), None)
        if end is None:
            raise Wrong(f"{where}: the code block has no end")
        return [line[indent:] for line in lines[i + 1 : end]]
    block = []
    indent = len(lines[i]) - len(lines[i].lstrip()) if i < len(lines) else 0
    while i < len(lines) and (not lines[i].strip() or lines[i].startswith(" " * indent)) and indent >= 4:
        block.append(lines[i][indent:])
        i += 1
    while block and not block[-1].strip():
        block.pop()
    if not block:
        raise Wrong(f"{where}: no code block follows")
    return block


def steps(page):
    """(kind, argument, block or None, place) of each mark of a page."""
    lines = page.read_text().splitlines()
    for i, line in enumerate(lines):
        mark = MARK.search(line)
        if mark:
            kind, argument = mark[1], mark[2] or ""
            where = f"{page.relative_to(ROOT)}:{i + 1}"
            if kind not in ("file", "after", "before", "end", "edit", "output", "session"):
                raise Wrong(f"{where}: no such kind of step: {kind}")
            yield kind, argument, None if kind == "edit" else block_after(lines, i + 1, where), where


def copy_tree(tree):
    """The sources, with the times of their last change, so that a second run builds little."""
    tree.mkdir(parents=True, exist_ok=True)
    kept = {Path("build")}
    for source in sorted(ROOT.rglob("*")):
        path = source.relative_to(ROOT)
        if path.parts[0] in ("build", ".git") or source.is_dir():
            continue
        kept.update([path, *path.parents])
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy2(source, target)
        elif target.read_bytes() != source.read_bytes():
            shutil.copy(source, target)  # changed now: what was made of an example that is not done this time is made again
    for old in sorted(tree.rglob("*"), reverse=True):
        path = old.relative_to(tree)
        if path.parts[0] != "build" and path not in kept:
            old.rmdir() if old.is_dir() else old.unlink()


def changed(text, kind, argument, block, where):
    """The text of a file after a step."""
    words = [word.strip() for word in argument.split(" | ")]
    if kind == "end":
        return text.rstrip("\n") + "\n\n" + "\n".join(block) + "\n"
    if kind in ("after", "before"):
        lines = text.splitlines()
        at = next((i for i, line in enumerate(lines) if words[1] in line), None)
        if at is None:
            raise Wrong(f"{where}: {words[0]} has no line with: {words[1]}")
        at += kind == "after"
        return "\n".join(lines[:at] + block + lines[at:]) + "\n"
    if text.count(words[1]) != 1:
        raise Wrong(f"{where}: {words[0]} has {text.count(words[1])} times: {words[1]}")
    return text.replace(words[1], words[2])


# Parts of the tree that no example needs and other tests build.
NOT_BUILT = ("tests/target", "tests/bench", "tests/fuzz")


def apply(all_steps):
    """The files that the examples add or change, by path."""
    lists = (ROOT / "CMakeLists.txt").read_text()
    for folder in NOT_BUILT:
        lists = changed(lists, "edit", f"CMakeLists.txt | add_subdirectory({folder}) | ", None, "the parts that are not built")
    files = {"CMakeLists.txt": lists}
    for kind, argument, block, where in all_steps:
        if kind in ("output", "session"):
            continue
        path = argument.split(" | ")[0].strip()
        if kind == "file":
            if (ROOT / path).exists() or path in files:
                raise Wrong(f"{where}: {path} exists already")
            files[path] = "\n".join(block) + "\n"
        else:
            text = files.get(path)
            if text is None:
                if not (ROOT / path).is_file():
                    raise Wrong(f"{where}: there is no {path}")
                text = (ROOT / path).read_text()
            files[path] = changed(text, kind, argument, block, where)
    return files


def build(tree):
    """The tree's debug build; its messages only when it fails."""
    for command in (["cmake", "--preset", "debug"], ["cmake", "--build", "--preset", "debug"]):
        result = subprocess.run(command, cwd=tree, capture_output=True, text=True)
        if result.returncode:
            raise Wrong(f"the examples do not build:\n{result.stdout[-6000:]}{result.stderr[-2000:]}")


def missing(wanted, found):
    """The first of the wanted lines that does not come, in this order, among those found; None: all do."""
    at = 0
    for line in wanted:
        while at < len(found) and found[at] != line:
            at += 1
        if at == len(found):
            return line
        at += 1
    return None


def commands(kind, argument, block, where):
    """The commands of a block for this machine's shell, each followed by the lines that it is to print."""
    prompt = "pagoda> " if kind == "session" else "$ "
    if not block[0].startswith(prompt):
        raise Wrong(f"{where}: the block does not begin with a command behind '{prompt}'")
    parts = [part.split("\n") for part in re.split("^" + re.escape(prompt), "\n".join(block), flags=re.MULTILINE)[1:]]
    if kind == "output":
        return parts
    lines = "; ".join(part[0] for part in parts)
    return [[f"scripts/run {argument} --timeout 380 --command {shlex.quote(lines)}", *(line for part in parts for line in part[1:])]]


def run_output(tree, parts, mask, where):
    """The commands of one block in the tree; whether all print what stands there."""
    for command, *wanted in parts:
        for disk in tree.glob("*.img"):
            disk.unlink()  # what runs before has left nothing behind
        start = time.monotonic()
        result = subprocess.run(["timeout", "400", "bash", "-c", command], cwd=tree, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        line = missing([mask(w) for w in wanted if w], [mask(f.rstrip("\r")) for f in result.stdout.split("\n")])
        if line is not None or result.returncode:
            print(f"{where}: {command}: status {result.returncode}" + (f", does not print: {line}" if line else ""))
            print(f"  it prints:\n{result.stdout}{result.stderr[-2000:]}")
            return False
        print(f"{where}: {command}: as it stands there ({time.monotonic() - start:.0f} s)")
    return True


def same(text):
    return text


def without_numbers(text):
    """Nor units of time, plurals and the width of columns."""
    text = re.sub(r"[0-9][0-9.]*( (ns|us|ms|s)\b)?", "N", text)
    text = re.sub(r"-{3,}", "---", text)  # as wide as the widest number above
    return re.sub(r" +", " ", re.sub(r"\bN ([a-z]{3,})s\b", r"N \1", text))


def run_outputs(tree, all_steps):
    """Whether all commands of all pages print what stands there."""
    blocks = [step for step in all_steps if step[0] in ("output", "session")]
    return all([run_output(tree, commands(*step), same if step[:2] == ("output", "") else without_numbers, step[3]) for step in blocks])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, default=ROOT / "build/examples", help="where the copy lies (build/examples)")
    parser.add_argument("pages", nargs="*", type=Path, help="pages (README.md and all of docs/)")
    args = parser.parse_args()
    pages = [p.resolve() for p in args.pages] or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    try:
        all_steps = [step for page in pages for step in steps(page)]
        if not all_steps:
            raise Wrong("no page has an example")
        files = apply(all_steps)
        copy_tree(args.tree)
        for path, text in files.items():
            (args.tree / path).parent.mkdir(parents=True, exist_ok=True)
            (args.tree / path).write_text(text)
        build(args.tree)
        return 0 if run_outputs(args.tree, all_steps) else 1
    except Wrong as wrong:
        print(wrong)
        return 1


if __name__ == "__main__":
    sys.exit(main())
