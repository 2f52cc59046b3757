#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make C sources and reference pages from the interface lists of this directory.

Input:  objects.toml (kernel invocations), errors.toml (server errors), protocols/*.toml (server protocols).
Output, below --out:
  generated/invocations.h      kernel: labels, object types, argument structs and their readers
  generated/sel4_stubs.h       user: labels and one stub per invocation
  generated/errors.h           server error numbers; texts are in abi_tables.c
  generated/SERVER_protocol.h  operation numbers, constants, argument and reply structs
  generated/SERVER_client.h/.c client stubs
  generated/SERVER_server.h/.c dispatcher and the handlers that a server must have
  generated/SERVER_test.c      host test of stub and dispatcher (tests/host/libs/abi)
  generated/abi_tables.c       names and texts of errors and operations
  reference/*.md               reference pages (docs/reference/ holds a copy; a test compares)
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from generator import client, hosttest, kernel, model, protocol, reference, server, tables, user  # noqa: E402


def outputs(interface):
    """All generated files: relative path -> text."""
    files = {
        "generated/invocations.h": kernel.header(interface),
        "generated/sel4_stubs.h": user.header(interface),
        "generated/errors.h": tables.errors_header(interface),
        "generated/abi_tables.c": tables.source(interface),
        "reference/kernel.md": reference.kernel_page(interface),
        "reference/errors.md": reference.errors_page(interface),
        "reference/client.md": reference.client_page(interface),
    }
    for one in interface.protocols:
        files[f"generated/{one.name}_protocol.h"] = protocol.header(one)
        files[f"generated/{one.name}_client.h"] = client.header(one)
        files[f"generated/{one.name}_client.c"] = client.source(one)
        files[f"generated/{one.name}_server.h"] = server.header(one)
        files[f"generated/{one.name}_server.c"] = server.source(one)
        files[f"generated/{one.name}_test.c"] = hosttest.source(one)
        files[f"reference/{one.name}.md"] = reference.protocol_page(one)
    return files


def write_if_changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def pages(files):
    return {path.removeprefix("reference/"): text for path, text in files.items() if path.startswith("reference/")}


def write_pages(files, directory):
    for name, text in pages(files).items():
        write_if_changed(directory / name, text)


def check_pages(files, directory):
    stale = [name for name, text in pages(files).items() if not (directory / name).exists() or (directory / name).read_text() != text]
    if stale:
        sys.exit(f"generate.py: not current: {', '.join(stale)}; run libs/abi/generate.py --docs {directory}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="directory to write to")
    parser.add_argument("--list", action="store_true", help="print the relative paths of the outputs, separated by semicolons, and stop")
    parser.add_argument("--docs", type=Path, help="write only the reference pages, to this directory (docs/reference)")
    parser.add_argument("--check-docs", type=Path, metavar="DIR", help="fail when the reference pages in DIR are not current")
    parser.add_argument("--stamp", type=Path, help="file to touch at the end")
    options = parser.parse_args()
    try:
        interface = model.load(Path(__file__).resolve().parent)
    except model.InterfaceError as error:
        sys.exit(f"generate.py: {error}")
    files = outputs(interface)
    if options.list:
        print(";".join(files), end="")
        return
    if options.docs:
        write_pages(files, options.docs)
        return
    if options.check_docs:
        check_pages(files, options.check_docs)
        return
    if options.out is None:
        parser.error("--out is needed")
    for path, text in files.items():
        write_if_changed(options.out / path, text)
    if options.stamp:
        options.stamp.touch()


if __name__ == "__main__":
    main()
