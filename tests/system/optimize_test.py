#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Memory that is rearranged while programs run: chunks come free, and no program sees another byte than it wrote."""

import os
import re
import sys

from system import TORTURE, Skip, case, expect, expect_match, main

# Pages moved under writers in one run.
MOVES = int(os.environ.get("PAGODA_MOVES", "6000" if TORTURE else "100000"))


def stirred(processes, moves):
    """Writers, and the command that moves their pages: somewhat more, as some are moved before all writers have begun."""
    return f"writers 2 {processes} {moves} & optimize stir {moves + moves // 4 + 1000}; wait"


@case
def pages_move_to_other_colours_while_their_program_runs(context):
    text = context.command("holes 16 2 stay; colour 8; colour 8 0-3; optimize --dry; optimize recolour; colour 8 all; stats check")
    expect_match(r": 0 problems\.$", text)
    if TORTURE:
        return  # few of the pages are in memory
    moved = int(expect_match(r"^(\d+) pages moved\.$", text)[1])
    expect(moved > 500, f"only {moved} pages were moved")
    shares = re.findall(r"^(\d+) of (\d+) pages have the colour that they would get now; it may have (\S+)\.$", text, re.MULTILINE)
    expect([share[2] for share in shares] == ["all", "0-3", "all"], f"the sets are {shares}")
    expect(all(int(right) > 0.9 * int(pages) for right, pages, _ in shares), f"colours are wrong: {shares}")
    expect_match(r"^trim: stacks hold \d+ page", text)
    expect_match(r"^recolour: moved \d+ pages? of \d+; right colour: \d+ before, \d+ after\.$", text)


@case
def every_chunk_that_can_be_emptied_is(context):
    text = context.command("optimize auto off; holes 70 2 stay 2; optimize --dry; optimize; optimize --dry; optimize compact; stats check; spin 5",
                           memory="128M", build="release")  # fmt: skip
    dry = re.findall(r"^compact: would free (\d+) chunks? of 2 MiB by moving (\d+) pages?; \d+ are free", text, re.MULTILINE)
    moved, before, after = map(int, expect_match(r"^compact: moved (\d+) pages? in .*; free chunks of 2 MiB: (\d+) before, (\d+) after\.$", text).groups())
    (could, moves), (left, _) = [map(int, line) for line in dry]
    part = 2 if TORTURE else 1  # pages that leave and come back during the pass need no move, or take chunks that were free
    # When all gaps are full, the next group for tables is taken of a free chunk.
    expect(could >= 10 and after - before >= could // part - 1 and (TORTURE or left == 0), f"{could} chunks could be freed, {after - before} were, {left} are left")
    expect(moved >= moves // part and (TORTURE or moves > 3000), f"{moves} pages to move, {moved} were")
    expect_match(r"^holes: 8960 pages kept of 17920, 0 wrong$", text)
    expect_match(r": 0 problems\.$", text)


@case
def scattered_memory_is_put_together_in_the_background(context):
    text = context.command("holes 119 2 30; optimize status", memory="128M", build="release")  # no free chunk is left
    expect_match(r"^holes: 15232 pages kept of 30464, 0 wrong$", text)
    # How many is a matter of the time that a busy machine leaves the guest.
    expect(TORTURE or int(expect_match(r"^Emptied since boot: (\d+) chunks?", text)[1]) >= 1, "no chunk was emptied")


@case
def compaction_by_command_tells_what_it_brought(context):
    text = context.command("optimize; optimize compact; optimize --dry compact; stats check")
    expect(len(re.findall(r"^compact: moved \d+ pages? in .*; free chunks of 2 MiB: \d+ before, \d+ after\.$", text, re.MULTILINE)) == 2, "no report")
    expect_match(r"^compact: would free 0 chunks", text)
    expect_match(r": 0 problems\.$", text)


@case
def writers_lose_nothing_while_their_pages_move(context):
    text = context.command(f"optimize auto off; {stirred(4, MOVES)}; stats check", memory="64M", build="release", timeout=280)
    expect(len(re.findall(r"^writer \d: [1-9]\d* rounds, 0 wrong$", text, re.MULTILINE)) == 4, "a writer has lost something")
    expect(int(expect_match(r"^writers: 4 processes, (\d+) pages moved, 0 failed$", text)[1]) >= (MOVES // 2 if TORTURE else MOVES), "few pages moved")
    expect_match(r": 0 problems\.$", text)


@case
def the_books_are_right_while_pages_move(context):
    text = context.command(f"{stirred(3, 500)}; optimize stir 200; stats check", memory="64M", timeout=280)
    expect(int(expect_match(r"^writers: 3 processes, (\d+) pages moved, 0 failed$", text)[1]) >= (0 if TORTURE else 500), "few pages moved")
    expect_match(r"^stir: moved 200 pages", text)
    expect_match(r": 0 problems\.$", text)


@case
def walks_get_frames_of_2_mib_and_lose_nothing_when_memory_is_short(context):
    text = context.command("optimize large walks; touch 24; thrash 70 seq write=100; optimize large; stats check; optimize large off; touch 24; optimize large", memory="64M",
                           timeout=250)
    expect_match(r": 0 problems\.$", text)
    expect_match(r"^touch 24 MiB write: 6144 pages, 0 wrong", text)
    expect_match(r"^thrash 70 MiB seq.*, 0 wrong;", text)
    given = [int(n) for n in re.findall(r"^2 MiB frames .*?, (\d+) given since boot", text, re.MULTILINE)]
    expect(given[0] == 0 and given[1] == given[-1], f"given: {given}")
    if not TORTURE:
        expect(given[1] > 5, f"only {given[1]} were given")
        expect(int(re.findall(r"broken up: (\d+) by eviction", text)[1]) > 0, "none was broken up by eviction")


@case
def writers_lose_nothing_while_ranges_are_promoted_and_broken_up(context):
    text = context.command("optimize auto off; optimize large advised; writers 8 2 9000 & optimize stir 1000; optimize --dry promote; optimize promote; "
                           "thrash 30 seq write=100; optimize stir 9000; wait; stats check; optimize large", memory="64M", build="release", timeout=280)  # fmt: skip
    expect(len(re.findall(r"^writer \d: [1-9]\d* rounds, 0 wrong$", text, re.MULTILINE)) == 2, "a writer has lost something")
    expect_match(r"^thrash 30 MiB seq.*, 0 wrong;", text)
    expect_match(r": 0 problems\.$", text)
    could = int(expect_match(r"^promote: (\d+) ranges? of 2 MiB that (?:is|are) in use page by page could become", text)[1])
    chunks = re.search(r"^promote: there are free chunks for (\d+)\.$", text, re.MULTILINE)  # said when there are fewer
    could = min(could, int(chunks[1])) if chunks else could
    made, before, after = map(int, expect_match(r"^promote: made (\d+) frames? of 2 MiB in .*; in use: (\d+) before, (\d+) after\.$", text).groups())
    # More than could be when it was asked: the writers are filling their ranges still.
    expect(after - before == made and (TORTURE or made >= could), f"{could} could be promoted, {made} were, {before} before, {after} after")
    if not TORTURE:
        expect(made >= 4, f"only {made} ranges were promoted")
        expect(int(re.findall(r"broken up: (\d+) by eviction", text)[-1]) > 0, "none was broken up by eviction")


def groups(text):
    """What each 'optimize hint' told: groups of 64 KiB mapped and broken."""
    return [tuple(map(int, found)) for found in re.findall(r"^64 KiB groups .*: (\d+) mapped since boot, (\d+) broken up", text, re.MULTILINE)]


@case
def groups_of_64_kib_are_mapped_and_broken_and_nothing_is_lost(context):
    text = context.command("optimize hint; thrash 20 seq write=100; optimize hint; cow 8; optimize hint; thrash 70 seq write=100; optimize hint; writers 8 2 2000 & optimize stir 1500; wait; "
                           "stats check; optimize hint off; thrash 20 seq write=100; optimize hint", memory="64M", timeout=280)  # fmt: skip
    expect_match(r": 0 problems\.$", text)
    expect(len(re.findall(r"^thrash [27]0 MiB seq.*, 0 wrong;", text, re.MULTILINE)) == 3, "a walk has lost something")
    expect_match(r"^cow 8 MiB: .*; parent 0 wrong, child 0 wrong", text)
    expect(len(re.findall(r"^writer \d: [1-9]\d* rounds, 0 wrong$", text, re.MULTILINE)) == 2, "a writer has lost something")
    counts = groups(text)
    expect(len(counts) == 6, f"counts: {counts}")
    expect(counts[4] == counts[5] or TORTURE, f"switched off, but mapped: {counts}")
    if not TORTURE:
        (before, _), (touched, broken), (_, after_fork), (_, after_eviction) = counts[:4]
        expect(touched - before >= 20 * 16 // 2, f"only {touched - before} groups of 20 MiB")
        expect(broken == 0, f"{broken} were broken by a walk and an exit")
        expect(broken < after_fork < after_eviction, f"fork and eviction broke none: {counts}")


@case
def a_dry_run_says_for_how_many_ranges_there_are_free_chunks(context):
    if "always" in TORTURE:
        raise Skip("pages that leave and come back all the time are no populated ranges")
    text = context.command("optimize auto off; writers 20 1 600 & spin 1; optimize --dry promote; optimize promote; wait; stats check", memory="88M", build="release", icount=not TORTURE)
    expect_match(r"^writer 0: [1-9]\d* rounds, 0 wrong$", text)
    expect_match(r": 0 problems\.$", text)
    if TORTURE:
        return  # the debug build's checks make it a matter of time how much of the range is there when it is looked at
    could, chunks = map(int, expect_match(r"^promote: (\d+) ranges of 2 MiB that are in use page by page could become frames;\npromote: there are free chunks for (\d+)\.$", text).groups())
    made = int(expect_match(r"^promote: made (\d+) frames? of 2 MiB", text)[1])
    expect(chunks <= made < could, f"{could} could be promoted, there were chunks for {chunks}, {made} were")


@case
def large_frames_that_were_asked_for_get_room_by_moving_pages(context):
    text = context.command("optimize auto off; holes 44 2 stay; optimize status; touch 16 walk; optimize large; optimize large off; touch 8 walk; optimize large; stats check; "
                           f"optimize compact; spin {30 if TORTURE else 3}", memory="64M", build="release", timeout=280)
    expect_match(r"^touch 16 MiB walk: 4096 pages, 0 wrong;", text)
    expect_match(r"^holes: 5632 pages kept of 11264, 0 wrong$", text)
    expect_match(r": 0 problems\.$", text)
    if TORTURE:
        return  # there is no pressure and much in memory, or none of it is wanted
    free = int(expect_match(r"^2 MiB chunks: (\d+) of \d+ free", text)[1])
    found = [tuple(map(int, m)) for m in re.findall(
        r"^2 MiB frames \(\w+\): (\d+) in use, (\d+) given since boot:\n +\d+ of them by promotion, (\d+) after", text, re.MULTILINE)]
    (_, given, moved), after = found[1], found[-1]
    expect(free < 8 and given == 8 and moved >= 8 - free, f"{free} chunks were free; {given} frames were given, {moved} after pages had moved")
    expect(after == (0, given, moved), "more were given although they are switched off")


@case
def promotion_is_made_in_short_steps(context):
    if "always" in TORTURE:
        raise Skip("pages that leave and come back all the time are no populated ranges")
    text = context.command("optimize auto off; writers 12 1 1500 & spin 1; optimize promote; wait; stats check", memory="128M", build="release", icount=True)
    expect_match(r"^writer 0: [1-9]\d* rounds, 0 wrong$", text)
    expect_match(r": 0 problems\.$", text)
    made, unit = expect_match(r"^promote: made (\d+) frames? of 2 MiB in [\d.]+ (us|ms);", text).groups()
    expect(int(made) >= 3 and unit == "ms", f"{made} frames were made")
    if TORTURE:
        return  # the debug build's checks of everything are part of its steps
    longest = float(expect_match(r"^promote: no step took more than ([\d.]+) us\.$", text)[1])
    expect(longest < 25, f"one step took {longest} us")  # the whole takes 650 us a frame, and more


@case
def populated_ranges_are_promoted_in_the_background(context):
    if "always" in TORTURE:
        raise Skip("pages that leave and come back all the time are no populated ranges")
    text = context.command("optimize large all; writers 8 1 1500; optimize large; stats check", memory="128M", build="release")
    expect_match(r"^writer 0: [1-9]\d* rounds, 0 wrong$", text)
    expect(int(re.findall(r"(\d+) of them by promotion", text)[-1]) >= 3, "few ranges were promoted")
    expect_match(r"^promotion: in the background \d+ paid, \d+ did not; ", text)
    expect_match(r": 0 problems\.$", text)


@case
def memory_that_nobody_uses_is_not_promoted(context):
    if "always" in TORTURE:
        raise Skip("pages that leave and come back all the time are no populated ranges")
    text = context.command("optimize large off; holes 16 1 24 & rest 2; optimize large all; rest 12; optimize large; wait; optimize large; stats check", memory="128M", build="release")
    expect_match(r": 0 problems\.$", text)
    expect(re.findall(r"(\d+) of them by promotion", text)[-1] == "0", "memory that is only kept was promoted")
    known = [int(watched) + int(alone) for watched, alone in re.findall(r"^promotion: (\d+) ranges? watched, (\d+) left alone for a while\.$", text, re.MULTILINE)]
    expect(max(known) >= (4 if TORTURE else 7), f"of 8 ranges so many were found: {known}")


@case
def compaction_in_the_background_is_a_setting(context):
    text = context.command("optimize auto; optimize auto off; optimize auto on; optimize auto maybe; optimize nothing; optimize stir x", status=2)
    expect(re.findall(r"^Compaction in the background is (on|off)\.", text, re.MULTILINE) == ["on", "off", "on"], "wrong states")
    expect_match(r"'maybe' is not 'on' or 'off'", text)
    expect_match(r"there is no part 'nothing'", text)
    expect_match(r"'x' is not a number of pages", text)


def prezeroed(text):
    """What 'optimize prezero' said each time: frames at hand, found so, zeroed at the touch, steps."""
    at_hand = re.findall(r"^prezero \((?:on|off)\): (\d+) free frames are zero", text, re.MULTILINE)
    since_boot = re.findall(r"^prezero: since boot (\d+) were zero when wanted so, (\d+) were zeroed then", text, re.MULTILINE)
    steps = re.findall(r"^prezero: in (\d+) steps of idle time", text, re.MULTILINE)
    expect(0 < len(at_hand) == len(since_boot) == len(steps), "no report")
    return [tuple(map(int, (a, *b, c))) for a, b, c in zip(at_hand, since_boot, steps)]


@case
def frames_zeroed_in_idle_time_are_found_by_first_touches(context):
    text = context.command("touch 16; rest 3; optimize prezero; touch 16; optimize prezero; touch 16; optimize prezero; stats check", build="release", icount=True)
    expect_match(r": 0 problems\.$", text)
    before, idle, busy = prezeroed(text)
    if TORTURE:
        return  # memory is not left alone, so pressure is another one
    expect(before[0] >= 4000 and before[3] > 100, f"after idle time: {before}")
    expect(idle[1] - before[1] > 3900 and idle[2] - before[2] < 200, f"a touch after idle time: {before}, {idle}")
    expect(busy[2] - idle[2] > 3500 and busy[3] == idle[3], f"a touch without idle time: {idle}, {busy}")


@case
def a_program_that_computes_loses_nothing_to_zeroing(context):
    rounds, steps = {}, {}
    for choice in ("on", "off"):
        text = context.command(f"optimize prezero {choice}; touch 32; pace 3; rest 2; touch 16; pace 3; optimize prezero; rest 3; optimize prezero",
                               build="release", icount=True)
        rounds[choice] = [int(n) for n in re.findall(r"^pace: (\d+) rounds", text, re.MULTILINE)]
        steps[choice] = [report[3] for report in prezeroed(text)][1:]
    # Idle time that was asked for and did not come while a program computed has been taken back, and is asked for again.
    expect(steps["off"] == [0, 0] and (TORTURE or 100 < steps["on"][0] < steps["on"][1]), f"steps: {steps}")
    for on, off in zip(rounds["on"], rounds["off"]):
        expect(TORTURE or abs(on - off) * 1000 <= off, f"rounds: {rounds}")


@case
def zeroing_ahead_is_a_setting_with_a_limit(context):
    text = context.command("optimize prezero off; optimize prezero on; optimize prezero 1; optimize prezero 13; optimize prezero 0; optimize prezero x", status=2)
    expect(re.findall(r"^prezero \((on|off)\): .* limit \d+ \((\d+)%\)", text, re.MULTILINE) == [("off", "6"), ("on", "6"), ("on", "1")], "wrong states")
    expect(len(re.findall(r"is not 'on', 'off' or a limit, 1 to 12 hundredths of memory", text)) == 3, "no complaint")


if __name__ == "__main__":
    sys.exit(main())
