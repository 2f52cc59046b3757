#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every command of the shell and every client program, through --command; results compared with this machine's own tools."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import system
from system import TORTURE, case, expect, expect_match, main, on_host, pq


def corpus(context, build="debug"):
    return context.dirs[build] / "shell" / "corpus.txt"


@case
def help_lists_every_command_and_program(context):
    text = context.command("help")
    for name in ("run", "ps", "kill", "wait", "jobs", "fg", "ls", "cat", "uptime", "poweroff", "growth", "lazy", "stats", "context", "pressure",
                 "optimize", "sha256sum", "wc", "sort", "kv", "lz4", "primes", "matmul", "touch", "deep", "forktree", "cow", "overflow", "wild", "hog"):
        expect(re.search(rf"\b{name}\b", text), f"help does not mention {name}")


@case
def help_explains_each_command(context):
    names = "run ps kill wait jobs fg ls cat uptime poweroff growth lazy stats context pressure echo sha256sum sort hog".split()
    text = context.command("; ".join(f"help {name}" for name in names))
    for name in names:
        expect_match(rf"^{name}\b", text)


@case
def wrong_command_gets_a_helpful_message(context):
    text = context.command("shasum256 /README", status=127)
    expect("shasum256" in text, "the message does not repeat the wrong name")
    text = context.command("growht", status=127)
    expect("growth" in text, "no suggestion for a mistyped command")
    text = context.command("touch x", status=2)
    expect("'x'" in text or "x" in text, "the wrong argument is not named")
    text = context.command("echo 'open", status=2)
    expect(text.strip() != "", "an open quote gets no message")


def program_list():
    """Names and usages of the client programs, from their table."""
    table = (system.ROOT / "shell" / "programs" / "list.c").read_text(encoding="utf-8")
    return re.findall(r'^    \{"(\S+)", "([^"]*)",', table, re.MULTILINE)


@case
def programs_say_what_is_wrong_with_their_arguments(context):
    """Every program that takes arguments: with none if it needs some, with one that means nothing, and with too many."""
    programs = [(name, usage) for name, usage in program_list() if usage and name != "args"]
    expect(len(programs) > 15, "the table of programs was not understood")
    lines = [name for name, usage in programs if usage[0] not in "["]
    lines += [f"{name} x" for name, _ in programs] + [f"{name} x x x x x" for name, _ in programs]
    text = "".join(context.command("; ".join(lines[i : i + 20] + ["false"]), status=1) for i in range(0, len(lines), 20))
    expect("bad address" not in text and "pid " not in text, "a program was ended instead of saying what is wrong")
    for line in lines:
        expect(text.count(f"{line.split()[0]}: ") >= 1, f"'{line}' gets no message")
    expect(len(re.findall(r"^usage: ", text, re.MULTILINE)) >= len(lines) - 12, "messages without usage")


@case
def reports_fit_a_terminal_of_80_columns(context):
    """Of a machine that is busy with more than its memory, where figures are long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "swap.img"
        pq.make_disk(path, "128M")
        text = context.command(
            "swap format 0; swap on; thrash 90 uniform data=random & thrash 60 zipf n=1000000000 & spin 8 & spin 5; ps; swap; evict; limit; limit commit; pressure; "
            "predict; predict 1; stats; top; optimize --dry; optimize; optimize status; lazy; lazy 1; colour; colour 1; context; context measure; growth; disk; disk counters; "
            "services; trace; explain 1 0x3ffff000; jobs; kill %2; uptime", memory="64M", build="release", disks=[pq.Disk(str(path))], timeout=280)  # fmt: skip
    wide = [line for line in text.splitlines() if len(line) > 80 and not re.match(r"pid \d+ ", line)]
    expect(not wide, f"wider than 80 columns: {wide}")
    expect(len(text.splitlines()) > 250, "reports are missing")


@case
def exit_status_of_the_lines_is_the_exit_status(context):
    context.command("true; true", status=0)
    context.command("false", status=1)
    context.command("false; true", status=1)
    text = context.command("false; echo $?; true; echo $?", status=1)
    expect(text == "1\n0\n", "$? is wrong")


@case
def longest_command_runs_and_a_longer_one_is_refused(context):
    end = "; false; echo end"
    longest = "echo " + "a" * (pq.COMMAND_MAX - len("echo ") - len(end)) + end
    expect(context.command(longest, status=1).endswith("a\nend\n"), "the longest command was cut")
    # Blanks become three characters each on their way.
    blanks = "echo a" + " " * (pq.COMMAND_MAX - len("echo a") - len(end)) + end
    expect(context.command(blanks, status=1) == "a\nend\n", "a command that grows by its encoding was cut")
    run = subprocess.run([system.ROOT / "scripts" / "run", "--build-dir", context.dirs["debug"], "--command", longest + "x"],
                         capture_output=True, check=False)
    expect(run.returncode == 2 and b"713" in run.stderr, "scripts/run did not refuse a longer one")


@case
def wrong_command_argument_stops_the_machine_at_once(context):
    for value, text in (("a" * (pq.COMMAND_MAX + 1), f"init: command= is longer than {pq.COMMAND_MAX} bytes"),
                        ("a%2", "init: command= is badly encoded")):
        ended, console = context.boot(append=f"command={value}", timeout=60)
        expect(ended == 0, "the machine was not powered off")
        expect(console.count(text) == 1, f"'{text}' is missing")


@case
def last_of_repeated_boot_arguments_counts(context):
    expect(context.command("echo b", append="poweroff=never command=echo%20a") == "b\n", "the first command was run")


@case
def echo_and_quoting(context):
    text = context.command("echo a  b 'c  d' \"e  f\" g\\ h; echo -n x; echo 'a;b' 100%")
    expect(text == "a b c  d e  f g h\nxa;b 100%\n", "words are split or quoted wrongly")


@case
def args_arrive_unchanged(context):
    text = context.command("args one 'two three' \"\" 4")
    expect(text == "0: args\n1: one\n2: two three\n3: \n4: 4\n", "arguments changed on the way")


@case
def ls_lists_the_archive(context):
    text = context.command("ls; ls bin; ls README")
    for name in ("bin/shell", "bin/pager", "share/corpus.txt", "README"):
        expect(name in text, f"ls does not list {name}")
    size = (context.dirs["debug"] / "stripped" / "shell").stat().st_size
    expect_match(rf" {size} +bin/shell$", text)
    context.command("ls nothing-here", status=1)


@case
def cat_prints_a_file(context):
    text = context.command("cat /README")
    expect(text == (system.ROOT / "shell" / "files" / "README").read_text(encoding="utf-8"), "README came out changed")
    context.command("cat /nothing", status=1)


@case
def cat_prints_a_long_file_exactly(context):
    text = context.command("cat /share/corpus.txt")
    expect(text == corpus(context).read_text(encoding="utf-8"), "the corpus came out changed")


@case
def ps_lists_the_servers_and_itself(context):
    text = context.command("ps")
    for name in ("init", "pager", "block", "console", "process", "shell"):
        expect_match(rf"\b{name}$", text)


@case
def uptime_tells_a_time(context):
    expect_match(r"^up 0:00:\d\d\.\d\d\d", context.command("uptime"))


@case
def poweroff_ends_qemu(context):
    # The machine stops before the shell can send a status; QEMU's own must be 0.
    context.command("poweroff", status=125)
    expect(b"panic" not in context.console.lower(), "it stopped by a crash")


@case
def services_all_run(context):
    text = context.command("services")
    for name in ("pager", "console", "process"):
        expect_match(rf"^{name} +running", text)


@case
def colour_gives_frames_by_colour(context):
    text = context.command("holes 16 2 stay; colour; colour 8 0-3; colour off; touch 2; colour on; touch 4; stats check")
    expect_match(r"^16 page colours; frames are given out by colour", text)
    right = float(expect_match(r"^ *8 +holes +\d+ +(\d+\.\d) %", text)[1])
    expect(right > 95 or TORTURE, f"only {right} % of the pages have their colour")
    expect_match(r"it may have 0-3\.$", text)
    expect_match(r"without regard to colour", text)
    expect_match(r": 0 problems\.$", text)


@case
def colour_of_a_larger_cache_and_by_sets(context):
    text = context.command("colour; growth limit default 1M; colour 1 0-7; touch 8; colour 1; stats check", cpu="max", build="release")
    expect_match(r"^32 page colours", text)
    expect_match(r"it may have 0-7\.$", text)


@case
def context_measures_what_switches_cost(context):
    text = context.command("context; context measure", build="release")
    expect_match(r"^TLB invalidations avoided", text)
    pager = expect_match(r"^pager and back +(\d+) +(\d+\.\d) +(\d+\.\d)", text)
    expect(float(pager[3]) >= 2, "a request to another space and back is two switches")
    expect(float(expect_match(r"^first touch of a page +\d+ +(\d+\.\d)", text)[1]) >= 1, "a first touch enters the kernel")


@case
def growth_shows_and_sets(context):
    text = context.command("growth; growth limit default 2M; growth step 8; growth; # growth")
    expect_match(r"^ *PID +NAME", text)
    expect_match(r"New stacks may grow to 2(\.0)? MiB; one fault adds at most 8 pages", text)
    expect_match(r"\bshell\b", text)


@case
def growth_limit_default_bounds_a_new_stack(context):
    text = context.command("growth limit default 64K; deep 100; deep 2000", status=139)
    expect_match(r"^deep 100: frames checked, 0 wrong", text)
    expect("2000: frames" not in text, "deep 2000 did not overflow a stack of 64 KiB")


@case
def lazy_shows_and_switches_zero_sharing(context):
    text = context.command("lazy; lazy zero off; lazy zero; touch 4 read; lazy zero on")
    expect_match(r"^Zero-page sharing is off", text)
    expect_match(r"^Zero-page sharing is on", text)
    expect_match(r"touch 4 MiB read: 1024 pages, 0 wrong", text)
    context.command("lazy 1")


@case
def lazy_reads_cost_no_frames_with_zero_sharing(context):
    text = context.command("touch 1 read; lazy; touch 16 read; lazy")
    expect_match(r"touch 16 MiB read: 4096 pages, 0 wrong", text)


@case
def stats_parts_sum_to_ram(context):
    text = context.command("stats; stats ram; stats processes; stats faults; stats latency; stats check", memory="256M")
    expect(int(expect_match(r"^sum +(\d+) ", text)[1]) == 256 * 256, "the parts do not sum to RAM")
    expect_match(r": 0 problems\.$", text)
    expect_match(r"faults took .* on average", text)


@case
def stats_json_is_one_valid_document(context):
    stats = json.loads(context.command("predict off; touch 4; stats json", memory="256M").split("\n", 2)[2])
    memory = stats["memory"]
    expect(memory["total_pages"] == 256 * 256, "not all of RAM")
    expect(sum(n for key, n in memory.items() if key.endswith("_pages") and key not in ("total_pages", "largest_free_pages")) == 256 * 256,
           "the parts do not sum to RAM")
    expect(stats["faults"]["kinds"]["write_first"] >= 1024, "the first touches of 1024 pages were not counted")
    expect(sum(stats["faults"]["service_histogram"]) == sum(stats["faults"]["kinds"].values()), "histogram and kinds do not agree")
    shell = next(process for process in stats["processes"] if process["pid"] == 1)
    space = next(space for space in stats["spaces"] if space["space"] == shell["space"])
    expect(space["label"] == "shell" and 0 < space["resident_pages"] < 1000, "the shell's space is wrong")
    expect(stats["kernel"]["page_faults"] >= 1024, "the kernel's counters are missing")


@case
def stats_json_has_no_key_that_is_not_documented(context):
    """The table of docs/shell.md: a row for each key of the document, with the keys of what it holds."""
    page = (system.ROOT / "docs" / "shell.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*) \|$", page.split("## For programs: `stats json`")[1], re.MULTILINE)
    documented = {key: set(re.findall(r"`(\w+)`", text)) for keys, text in rows for key in re.findall(r"\w+", keys)}
    stats = json.loads(context.command("stats json"))
    expect(stats.keys() <= documented.keys(), f"not in docs/shell.md: {sorted(stats.keys() - documented.keys())}")
    for key, value in stats.items():
        inner = value.keys() if isinstance(value, dict) else value[0].keys() if isinstance(value, list) else set()
        expect(inner <= documented[key], f"not in the row of {key} in docs/shell.md: {sorted(inner - documented[key])}")


@case
def services_are_told_from_numbers_that_nobody_has(context):
    text = context.command("limit 3; explain 3 0x1000; kill 3; limit 99; explain x y; limit 1 min=900G", status=1)
    expect(len(re.findall(r"^(?:limit|explain): process 3 \(pager\) is a service whose memory does not come from the pager$", text, re.MULTILINE)) == 2,
           "the pager is not told to be a service")
    expect_match(r"^kill: process 3 is a service of the system, which cannot be ended$", text)
    expect_match(r"^limit: no process has the number 99; 'ps' lists them$", text)
    expect_match(r"^explain: 'x' is not a process number; 'ps' lists them$", text)
    expect_match(r"^limit: 900 GiB cannot be kept: all minima together may be half of memory$", text)


@case
def context_shows_switches_and_asids(context):
    text = context.command("context")
    other = int(expect_match(r"to another address space +(\d+)", text)[1])
    expect(other > 10, "hardly any switch between address spaces was counted")
    expect(int(expect_match(r"^ +rollovers +(\d+)", text)[1]) == 0, "ASIDs rolled over on a fresh machine")


@case
def pressure_shows_the_level(context):
    text = context.command("pressure; # pressure")
    expect_match(r"^Pressure: none\. Free: \d+ of \d+ pages", text)
    text = context.command("predict off; touch 32; spin 3; pressure watch", icount=True)
    expect_match(rf"^level {{50,}}{'[.lmC]' if TORTURE else '[.]'}+  60 s wide", text)
    if not TORTURE:
        expect_match(r"^faults .*  [1-9]\d{3}/s$", text)  # 8192 first touches in one second
    for level in ("none", "low", "medium", "critical"):
        expect(level in text, f"level {level} is missing")


@case
def top_prints_one_sample_without_a_terminal(context):
    text = context.command("touch 8; top; top -1 ; top 5")
    expect(text.count("rates since boot") == 3, "not three samples")
    expect("\x1b" not in text, "control sequences in what is no terminal")
    expect_match(r"^RAM \[a?.*\.\]$", text)
    expect_match(r"^ +1 shell .* r$", text)
    expect(all(len(line) <= 80 for line in text.splitlines()), "a line is wider than 80 columns")
    context.command("top 0", status=2)


@case
def evict_counts_pages_that_left_and_came_back(context):
    text = context.command("thrash 48 uniform n=3000; evict; evict policy clock; evict policy; stats ram; stats json", memory="40M")
    expect(int(expect_match(r"^left memory +(\d+)", text)[1]) > 1000, "48 MiB in 40 MiB, and nothing left memory")
    expect(int(expect_match(r"^compressed +\d+ +(\d+)$", text)[1]) > 100, "nothing came back")
    expect(text.count("policy clock.") == 2, "the policy is not clock")
    expect(int(expect_match(r"^sum +(\d+) ", text)[1]) == 40 * 256, "the parts do not sum to RAM")
    stats = json.loads(text[text.index("\n{") :])
    expect(stats["eviction"]["evicted"] > 1000 and stats["eviction"]["policy"] == "clock", "stats json does not agree")


@case
def store_is_part_of_ram(context):
    text = context.command("thrash 48 seq n=40000 & spin 4; stats ram; stats check; ps", memory="40M")
    expect(int(expect_match(r"^store of compressed pages +(\d+) ", text)[1]) > 0, "no frame is in the store while pages are away")
    expect(int(expect_match(r"^sum +(\d+) ", text)[1]) == 40 * 256, "the parts do not sum to RAM")
    expect_match(r" thrash$", text)


@case
def evict_off_keeps_pages_in_memory(context):
    text = context.command("evict off; thrash 48 seq n=100; evict", status=1, memory="40M")
    expect_match(r"^left memory +0", text)


@case
def explain_tells_the_history_of_a_page(context):
    # Pid 1 is the shell, whose stack ends at LAYOUT_STACK_TOP.
    text = context.command("explain 1 0x3fffff00; explain 1 0x410000; explain 1 0x10; explain 1 0x3f000000", status=1)
    expect_match(r"^Page 0x3ffff000 of process 1 \(shell\): a stack, rights rw-\.$", text)
    expect_match(r"^Now: in a frame of its own, mapped rw-\.$", text)
    expect_match(r"^Page 0x410000 .* a file, rights r-x\.$", text)
    expect_match(r"^Now: in a frame of the boot archive, mapped r-x\.$", text)
    expect_match(r"^explain: process 1 has no region at 0x10;", text)
    expect_match(r"^Now: untouched", text)
    text = context.command("evict always; primes 1000; forktree 3; explain 1 0x3ffff000", memory="64M")
    expect_match(r"^ +\d+\.\d{3}  left memory: compressed to \d+\.\d %", text)
    expect_match(r"^ +\d+\.\d{3}  came back for a (read|write)$", text)


@case
def explain_follows_the_page_that_it_was_asked_about(context):
    text = context.command("evict always; primes 1000; explain 1 0x3ffff000; forktree 3; explain 1 0x3ffff000", memory="64M")
    before, after = text.split("Page 0x3ffff000")[1:]
    expect("looked at" not in before, "a look was noted before anybody asked")
    expect_match(r"^ +\d+\.\d{3}  looked at: (not )?used since the last look", after)


@case
def limit_shows_and_sets_shares(context):
    text = context.command("limit; limit 1 min=2M weight=5 max=8M; limit 1 max=none; limit 1 min=1G", status=1, memory="64M")
    expect_match(r"^ +1 +shell .* 2 MiB +5 +8 MiB$", text)
    expect_match(r"^ +1 +shell .* 2 MiB +5 +none$", text)
    expect("1 GiB cannot be kept" in text, "a minimum of more than there is was taken")


@case
def a_program_starts_with_a_share_of_its_own_or_the_one_of_its_parent(context):
    text = context.command("run max=1M thrash 2 uniform n=60; run max=1M min=256K spin & run weight=4 max=700K spin & limit; limit 1 max=2M weight=3; spin & limit; "
                           "kill %1; kill %2; kill %3; run max=40K true; echo $?; run min=1G true; echo $?; stats check", status=1, memory="64M")
    expect_match(r"^thrash 2 MiB uniform: 60 accesses, 0 wrong;", text)
    expect_match(r"^ +\d+ +spin .* 256 KiB +1 +1 MiB$", text)
    expect_match(r"^ +\d+ +spin .* 512 KiB +4 +700 KiB$", text)
    expect_match(r"^ +\d+ +spin .* 512 KiB +3 +2 MiB$", text)
    expect_match(r"^shell: true: the request would exceed the caller's own limit$", text)
    expect_match(r"^shell: true: not enough memory is free$", text)
    expect_match(r": 0 problems\.$", text)


@case
def menu_lists_the_memory_commands(context):
    text = context.command("#")
    for name in ("growth", "lazy", "stats", "context", "pressure", "optimize"):
        expect(name in text, f"the menu does not list {name}")


@case
def background_jobs_and_wait(context):
    text = context.command("spin 1 & jobs; wait; echo $?; jobs")
    expect_match(r"running +spin 1", text)
    expect_match(r"^0$", text)


@case
def kill_ends_a_job(context):
    text = context.command("spin & kill %1; wait %1; echo $?; ps", status=1)
    expect_match(r"^143$", text)
    expect(not re.search(r"\bspin$", text), "spin is still there")


@case
def sha256sum_agrees_with_this_machine(context):
    files = {"/bin/shell": context.dirs["debug"] / "stripped" / "shell", "/bin/pager": context.dirs["debug"] / "stripped" / "pager",
             "/share/corpus.txt": corpus(context), "/README": system.ROOT / "shell" / "files" / "README"}
    text = context.command("sha256sum " + " ".join(files))
    wanted = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in files.items())
    expect(text == wanted, "digests differ")


@case
def sort_agrees_with_this_machine(context):
    expect(context.command("sort /share/corpus.txt") == on_host("sort", str(corpus(context))), "sort differs")


@case
def sort_reversed_agrees_with_this_machine(context):
    text = context.command("sort -r /share/corpus.txt", build="release")
    expect(text == on_host("sort", "-r", str(corpus(context, "release"))), "sort -r differs")


def random_numbers(seed, n):
    """splitmix64, as the program has it."""
    mask = (1 << 64) - 1
    for i in range(1, n + 1):
        z = (seed + i * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)


@case
def sort_of_random_numbers_agrees_with_this_machine(context):
    numbers = list(random_numbers(7, (1 << 20) // 8))
    text = context.command("sort --random 1 7", build="release")
    wanted = f"sort 1 MiB: {len(numbers)} numbers from {min(numbers):016x} to {max(numbers):016x}, "
    expect(text.startswith(wanted) and text.endswith(", 0 wrong\n"), f"not '{wanted}...': {text}")
    expect("'0'" in context.command("sort --random 0", status=2), "a size of 0 is not refused")
    context.command("sort --random", status=2)


@case
def kv_agrees_with_its_model(context):
    text = context.command("kv 2 20000; kv 2 20000 5; kv 1 0", build="release")
    lines = re.findall(r"^kv \d+ MiB: (\d+) keys put in .*; (\d+) puts, (\d+) gets, (\d+) removals in .*; (\d+) keys left; (\d+) wrong$", text, re.M)
    expect(len(lines) == 3 and all(line[5] == "0" for line in lines), f"wrong answers: {text}")
    expect(int(lines[0][0]) == 6144 and int(lines[0][1]) > 6000 and int(lines[0][2]) > 8000 and int(lines[0][3]) > 1000, "too few operations")
    expect(lines[0][1:5] != lines[1][1:5], "the seed makes no difference")
    expect(lines[2][4] == "3072", "keys were lost without an operation")
    context.command("kv 1", status=2)
    context.command("kv 0 1", status=2)


@case
def wc_agrees_with_this_machine(context):
    text = context.command("wc /share/corpus.txt /README")
    wanted = on_host("wc", str(corpus(context)), str(system.ROOT / "shell" / "files" / "README"))
    expect(re.findall(r"\d+", re.sub(r" \S*/\S*", "", text)) == re.findall(r"\d+", re.sub(r" \S*/\S*", "", wanted)), "wc differs")


@case
def lz4_round_trip(context):
    size = corpus(context).stat().st_size
    match = expect_match(r"^\S+: (\d+) bytes -> (\d+) bytes .* (\d+) bytes: same$", context.command("lz4 /share/corpus.txt"))
    expect(int(match[1]) == size == int(match[3]) and int(match[2]) < size, "sizes are wrong")


@case
def primes_agrees_with_this_machine(context):
    n = 100000
    sieve = bytearray([1]) * (n + 1)
    sieve[:2] = b"\0\0"
    for i in range(2, int(n**0.5) + 1):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(sieve[i * i :: i]))
    wanted = f"{sum(sieve)} primes up to {n}, the last is {max(i for i in range(n + 1) if sieve[i])}\n"
    expect(context.command(f"primes {n}") == wanted, "primes differ")


@case
def matmul_agrees_with_this_machine(context):
    n = 40
    a = [[((7 * i + 3 * j) % 11 - 5) / 8 for j in range(n)] for i in range(n)]
    b = [[((5 * i + 2 * j) % 13 - 6) / 4 for j in range(n)] for i in range(n)]
    total = sum(sum(a[i][k] * b[k][j] for k in range(n)) * ((3 * i + j) % 7 + 1) for i in range(n) for j in range(n))
    expect(context.command(f"matmul {n}") == f"matmul {n}: checksum {total:.5f}\n", "matmul differs")


@case
def fpcheck_keeps_vector_registers(context):
    expect_match(r"^fpcheck 2000: parent 0 wrong, child 0 wrong", context.command("fpcheck 2000"))


@case
def raspi4b_runs_the_programs(context):
    text = context.command("sha256sum /bin/shell; sort /share/corpus.txt; forktree 3; cow 2; stats check", machine="raspi4b")
    digest = hashlib.sha256((context.dirs["debug"] / "stripped" / "shell").read_bytes()).hexdigest()
    expect(text.startswith(f"{digest}  /bin/shell\n{on_host('sort', str(corpus(context)))}"), "sha256sum or sort differ")
    expect_match(r"forktree 3: 15 of 15 processes", text)


if __name__ == "__main__":
    sys.exit(main())
