#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Memory pressure as programs feel it: caches that give way, load control. Time is counted in instructions."""

import re
import sys

from system import TORTURE, case, expect, expect_match, main

# Under torture all machines are of the debug build, and pages leave or fail: speeds, who is slowed and how much is given back are others then.
# Four nanoseconds an instruction: what is a matter of seconds takes a quarter of the instructions.
SETTINGS = {"memory": "64M", "build": "release", "extra": ["-icount", "shift=2,sleep=off"], "timeout": 280}


@case
def a_cache_gives_way_and_nobody_is_ended(context):
    """With eviction off nothing but the cache's own pages can make room."""
    text = context.command("evict off; cache 44 400 & thrash 4 seq n=30000; thrash 24 seq n=8000 data=random; wait; pressure; stats check", memory="64M", build="release", icount=True)
    expect_match(r"^thrash 24 MiB seq: 8000 accesses, 0 wrong", text)
    most, given, signals, wrong, left = map(int, expect_match(
        r"^cache: (\d+) entries at most, (\d+) given back, (\d+) signals; \d+ look-ups, (\d+) wrong; (\d+) entries now", text).groups())  # fmt: skip
    expect(most > 10000, f"the cache never grew beyond {most} entries")
    expect(given > 2000, f"the cache gave only {given} entries back")
    expect(signals >= 2, "the cache was not told that pressure came and went")
    expect(wrong == 0, "an entry was wrong")
    expect(TORTURE or left > most // 2, f"the cache did not grow again when the memory was free: {left} entries")
    expect("out of memory" not in text, "a program was ended")
    expect(int(expect_match(r"^ +critical .* (\d+)$", text)[1]) == 0, "pressure became critical although the cache gave way")
    expect_match(r": 0 problems\.$", text)


N = 60000 if TORTURE else 80000

# Two programs that together use twice the memory there is, for longer than the rest of the lines takes.
THRASHERS = f"thrash 64 uniform seed=2 n={N} & thrash 64 uniform n={N} &"


def rounds(text):
    """Rounds per second of each `pace` in the output, in order."""
    return [int(n) for n in re.findall(r"^pace: \d+ rounds in \d+ ms, (\d+) rounds/s, 0 wrong$", text, re.MULTILINE)]


def slowed(text):
    """Of each `ps` in the output the processes that are slowed, in order."""
    return [re.findall(r"^ *(\d+) +\d+ slowed .* thrash$", part, re.MULTILINE) for part in text.split("PID PPID STATE")[1:]]


def cpu_ms(text):
    """Of each `ps` in the output the CPU time of each thrash, in ms, by pid."""
    units = {"us": 0.001, "ms": 1, "s": 1000}
    rows = [re.findall(r"^ *(\d+) +\d+ \w+ +([\d.]+) (us|ms|s) .* thrash$", part, re.MULTILINE) for part in text.split("PID PPID STATE")[1:]]
    return [{int(pid): float(n) * units[unit] for pid, n, unit in part} for part in rows]


@case
def a_steady_program_keeps_its_speed_beside_programs_that_thrash(context):
    """It keeps nine tenths of what it has alone, once control has noticed. Without control it loses most of that to the others and the pager's work for them."""
    alone, without = rounds(context.command(f"pressure control off; pace 1; {THRASHERS} pace 4", **SETTINGS))
    expect(TORTURE or without < alone / 3 / 2, f"nothing to protect from: {without} rounds/s beside thrashing programs, {alone} alone")
    text = context.command(f"{THRASHERS} pace 5; pace 2; ps; pace 2; pressure control; kill 7; kill 8; wait; stats check", status=1, **SETTINGS)
    first, *then = rounds(text)
    for speed in then:
        expect(TORTURE or speed >= 0.9 * alone, f"the steady program has {speed} rounds/s of {alone}: less than nine tenths ({first} before control had noticed)")
    expect(len(then) == 2, "a steady program has not ended")
    expect(TORTURE or slowed(text) == [["7", "8"]], f"not both, but these are slowed: {slowed(text)}")
    for pid in (7, 8):
        expect(TORTURE or re.search(rf"^ *{pid} +thrash +thrashes .* m?s +[\d.]+ % +[0-4]\.\d %$", text, re.MULTILINE), f"process {pid} is not said to be slowed and bounded")
    expect_match(r": 0 problems\.$", text)


@case
def fair_control_leaves_a_steady_program_an_equal_part(context):
    """Three programs on one processor: a third of it is each one's due; who has its turn keeps that too."""
    text = context.command(f"pressure control fair; pace 1; {THRASHERS} pace 5; ps; pace 2; ps; pace 2; ps; pace 2; ps; wait; pressure control; stats check", **SETTINGS)
    alone, *beside = rounds(text)
    for n, speed in enumerate(beside):
        expect(TORTURE or speed >= 0.9 * alone / 3, f"in part {n} the steady program has {speed} rounds/s of {alone}: less than nine tenths of a third")
    expect(len(beside) == 4, "a steady program has not ended")
    expect(len(re.findall(rf"^thrash 64 MiB uniform: {N} accesses, 0 wrong", text, re.MULTILINE)) == 2, "a program that thrashed is not right")
    expect(TORTURE or all(len(part) <= 1 for part in slowed(text)), "both were slowed")
    first, *_, last = [part for part in cpu_ms(text) if len(part) == 2]
    got = [last[pid] - first[pid] for pid in first]  # a turn may be as long as the time from one ps to the next but one: who is slowed in each tells nothing
    expect(TORTURE or min(got) > max(got) / 2, f"they have not taken turns: they had {got} ms")
    expect(TORTURE or "Load control is fair; 0 programs thrash." in text, "somebody is still said to thrash")
    expect_match(r": 0 problems\.$", text)


@case
def a_steady_program_keeps_its_speed_beside_a_storm_of_faults(context):
    """There is memory enough. The pager's work for the other one would be most of the time; both together have a right to half of it."""
    text = context.command("pace 1; touch 20000 read & pace 2; pace 2; pressure control; kill 8; stats check", **SETTINGS)
    alone, first, then = rounds(text)
    if TORTURE:
        return
    expect(then >= 0.9 * alone / 2, f"{then} rounds/s of {alone}: less than nine tenths of a half ({first} before it was noticed)")
    did = expect_match(r"^ *\d+ +touch +storms .* ([\d.]+) % +50.0 %$", text)[1]
    expect(float(did) > 30, f"the other one has had {did} % of the time only")
    expect_match(r": 0 problems\.$", text)


def speeds_beside_a_storm(context, kind, line, alone):
    """The speeds of each `pace` of the line: the last one, when the storm has been noticed, is what a half of the processor gives."""
    text = context.command(f"{line}; stats check", **SETTINGS)
    *before, then = rounds(text)
    expect(TORTURE or then >= 0.9 * alone / 2, f"{then} rounds/s of {alone} beside requests ({kind}): less than nine tenths of a half ({before} before it was noticed)")
    expect(TORTURE or re.search(r"^ *\d+ +storm +storms .* 50.0 %$", text, re.MULTILINE), "it is not said who storms")
    expect_match(rf"^storm {kind}: \d+ rounds in", text)
    expect_match(r": 0 problems\.$", text)
    return [*before, then]


@case
def a_steady_program_keeps_its_speed_beside_storms_of_requests(context):
    """To the pager, to the process server, and to both for short-lived children."""
    alone = rounds(context.command("pace 1", **SETTINGS))[0]
    for kind in ("map", "process", "fork"):
        speeds_beside_a_storm(context, kind, f"storm {kind} 3 & pace 2; pressure control; pace 1; wait", alone)


@case
def who_is_another_process_or_program_each_time_storms_like_any_other(context):
    """A chain of processes, each of which forks once and ends; a program that replaces itself. Without load control they take turns with the others at least."""
    alone = rounds(context.command("pace 1", **SETTINGS))[0]
    for kind in ("chain", "exec"):
        line = f"pressure control off; storm {kind} 4 & pace 1; pressure control on; pace 2; pressure control; pace 1; rest 1"
        without = speeds_beside_a_storm(context, kind, line, alone)[0]
        expect(TORTURE or without >= alone / 4, f"{without} rounds/s of {alone} without control beside {kind}: less than half of its due")


@case
def many_who_storm_a_little_each_are_bounded_like_one(context):
    """Each of them has less than a quarter of the servers' time."""
    alone = rounds(context.command("pace 1", **SETTINGS))[0]
    text = context.command("storm map 4 & storm map 4 & storm chain 4 & storm fork 4 & pace 3; pressure control; pace 1; wait; rest 1; stats check", **SETTINGS)
    first, then = rounds(text)
    expect(TORTURE or then >= 0.9 * alone / 5, f"{then} rounds/s of {alone}: less than nine tenths of a fifth ({first} before they were noticed)")
    expect(TORTURE or len(re.findall(r"^ *\d+ +storm +storms .* 20.0 %$", text, re.MULTILINE)) == 4, "it is not said who storms")
    expect_match(r": 0 problems\.$", text)


@case
def a_storm_of_requests_goes_on_while_nobody_else_computes(context):
    text = context.command("storm fork 2 & rest 1; rest 2; storm fork 1", **SETTINGS)
    first, then = (int(n) for n in re.findall(r"^storm fork: (\d+) rounds", text, re.MULTILINE))
    expect(TORTURE or first > 1.8 * then, f"{first} rounds in two seconds, {then} in one: it was held")


@case
def a_storm_that_is_held_can_be_ended(context):
    text = context.command("storm fork 60 & storm process 60 & pace 2; kill 7; kill 8; wait; ps; stats check", status=1, **SETTINGS)
    expect(not re.search(r"^ *\d+ .* storm$", text, re.MULTILINE), "one has not ended")
    expect_match(r": 0 problems\.$", text)


@case
def a_storm_of_faults_goes_on_while_nobody_else_computes(context):
    text = context.command("touch 30000 read & rest 2; pressure control; kill 7; stats check", **SETTINGS)
    expect(TORTURE or re.search(r"^ *\d+ +touch +storms .* -$", text, re.MULTILINE), "it is no storm, or has a bound")
    expect_match(r": 0 problems\.$", text)


@case
def programs_that_thrash_get_more_done_in_turns(context):
    """Each fits into memory, both do not."""
    n = 25000 if TORTURE else 100000  # turns pay only after the first ones
    lines = f"thrash 36 uniform seed=2 n={n} & thrash 36 uniform n={n} & wait"
    times = []
    for control in ("off", "on"):
        text = context.command(f"pressure control {control}; {lines}; stats check", **SETTINGS)
        each = [int(ns) for ns in re.findall(rf"^thrash 36 MiB uniform: {n} accesses, 0 wrong; \S+ m?s, (\d+) ns per access$", text, re.MULTILINE)]
        expect(len(each) == 2, "a program has not ended, or is wrong")
        times.append(max(each))
    expect(TORTURE or times[1] < 0.75 * times[0], f"the last one needs {times[1]} ns per access with control, {times[0]} without")


@case
def control_off_gives_all_their_time_back(context):
    text = context.command(f"{THRASHERS} pace 5; ps; pressure control off; pace 1; ps; pace 3; ps; kill 7; kill 8; wait; stats check", status=1, **SETTINGS)
    expect(TORTURE or len(slowed(text)[0]) == 2, "nobody was slowed")
    expect(slowed(text)[1:] == [[], []], f"somebody is slowed although control is off: {slowed(text)}")
    before, after = cpu_ms(text)[1:]
    for pid in before:
        expect(TORTURE or after[pid] - before[pid] > 0.04 * 3000, f"process {pid} has used {after[pid] - before[pid]} ms in 3 s: still as if it were slowed")
    expect_match(r": 0 problems\.$", text)


@case
def a_program_ended_while_it_is_slowed_leaves_nothing_behind(context):
    """A new program takes its place in the tables."""
    text = context.command(f"{THRASHERS} pace 5; ps; kill 7; pace 2; ps; thrash 8 uniform n=20000; kill 8; wait; stats check", status=1, **SETTINGS)  # killed jobs
    expect(TORTURE or slowed(text) == [["7", "8"], []], f"first both, but then nobody was to be slowed: {slowed(text)}")
    each = int(expect_match(r"^thrash 8 MiB uniform: 20000 accesses, 0 wrong; .* (\d+) ns per access$", text)[1])
    expect(TORTURE or each < 400000, f"the new program needs {each} ns per access: as if it were slowed")
    expect_match(r": 0 problems\.$", text)


@case
def programs_that_fork_while_they_thrash_are_right(context):
    text = context.command("cow 40 & cow 40 & thrash 40 uniform n=50000 & wait; ps; stats check", **SETTINGS)
    expect(len(re.findall(r"^cow 40 MiB: .* parent 0 wrong, child 0 wrong$", text, re.MULTILINE)) == 2, "a program that forked is not right")
    expect_match(r"^thrash 40 MiB uniform: 50000 accesses, 0 wrong", text)
    expect(TORTURE or slowed(text)[-1] == [], "somebody is still slowed")
    expect_match(r": 0 problems\.$", text)


@case
def a_new_program_waits_until_there_is_memory_for_it(context):
    """What a program used last time is expected of it: 20 MiB are more than is left while two others thrash. What has the terminal waits for a second or two only."""
    text = context.command(f"thrash 20 uniform n=2000; {THRASHERS} pace 8; thrash 20 uniform seed=3 n=2000 & ps; pace 1; ps; wait; ps; stats check", **SETTINGS)
    expect_match(r": 0 problems\.$", text)
    expect(len(rounds(text)) == 2, "a program that has the terminal was not let in")
    expect(len(re.findall(r"^thrash 20 MiB uniform: 2000 accesses, 0 wrong", text, re.MULTILINE)) == 2, "the program that waited has not run")
    if TORTURE:
        return
    first, second, last = (re.findall(r"^ *(\d+) +\d+ held .* thrash$", part, re.MULTILINE) for part in text.split("PID PPID STATE")[1:])
    expect(len(first) == 1 and last == [], f"held: {first}, then {second}, in the end {last}")
    waits = re.findall(r"^pid (\d+) \(thrash\) waits for memory to begin, for .* now:\n  it is expected to use ([\d.]+) MiB, and others leave (.*)\.$", text, re.MULTILINE)
    expect(waits and waits[0][0] == first[0] and 15 < float(waits[0][1]) < 25, f"reasons: {waits}")


if __name__ == "__main__":
    sys.exit(main())
