#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Lazy memory under load: right results, right messages, the shell alive, every frame back, the pager's books in order."""

import re
import sys

from system import COUNT_FREE, TORTURE, Skip, case, expect, expect_all_back, expect_match, main

# Everything runs once before the count: what a first run brings in for good (the shell's own pages, contents of files) is no loss.
FRAMES_BACK = f"{{run}}; {COUNT_FREE}; {{run}}; {COUNT_FREE}; stats check"


def frames_come_back(context, run, status=0, timeout=150, **settings):
    """status 1: a line before the last failed, as it should."""
    text = context.command(FRAMES_BACK.format(run=run), status=status, timeout=timeout, **settings)
    expect_all_back(text, 2)
    expect_match(r": 0 problems\.$", text)
    return text


@case
def forktree_4_all_frames_back(context):
    expect_match(r"^forktree 4: 31 of 31 processes", frames_come_back(context, "forktree 4"))


@case
def forktree_6_release_all_frames_back(context):
    expect_match(r"^forktree 6: 127 of 127 processes", frames_come_back(context, "forktree 6", build="release"))


@case
def a_thousand_processes_all_frames_back(context):
    """Half of them wait for children at the same time. How many there are at once is a matter of time, and so is how much of its table the process server has touched."""
    if TORTURE:
        raise Skip("a thousand processes of which every page is taken away take too long")
    expect_match(r"^forktree 9: 1023 of 1023 processes", frames_come_back(context, "forktree 9", build="release"))


@case
def forktree_with_four_hardware_asids_rolls_over(context):
    text = context.command("forktree 4; context; stats check", append="asids=4")
    expect_match(r"^forktree 4: 31 of 31 processes", text)
    expect(int(expect_match(r"^ +usable +(\d+)", text)[1]) == 4, "asids=4 was not obeyed")
    expect(int(expect_match(r"^ +rollovers +(\d+)", text)[1]) > 5, "no rollover was forced")


@case
def everything_with_two_hardware_asids(context):
    text = context.command("sha256sum /README; forktree 3; cow 2; fpcheck 200; context; stats check", append="asids=2", build="release")
    expect_match(r"^forktree 3: 15 of 15 processes", text)
    expect_match(r": 0 problems\.$", text)


@case
def cow_all_frames_back(context):
    text = frames_come_back(context, "cow 8")
    expect_match(r"^cow 8 MiB: .* parent 0 wrong, child 0 wrong", text)
    if TORTURE:
        return
    copied, last = map(int, expect_match(r"^pager: (\d+) pages copied, (\d+) taken", text).groups())
    expect(copied >= 2048 and last >= 2000, f"8 MiB are 2048 pages to copy once and to take over once, not {copied} and {last}")


@case
def deep_grows_its_stack(context):
    text = frames_come_back(context, "deep 20000")
    expect_match(r"^deep 20000: frames checked, 0 wrong; .*of stack used", text)


def stack_pages(text):
    return [int(n) for n in re.findall(r"^deep: (\d+) pages of stack are in memory", text, re.MULTILINE)]


@case
def idle_stack_shrinks_to_two_pages_and_grows_again(context):
    text = frames_come_back(context, "deep 20000 60")
    for deep, idle in zip(*[iter(stack_pages(text))] * 2, strict=True):
        expect((deep > 1000 or TORTURE) and idle <= 2, f"{deep} pages of stack after the recursion, {idle} after up to a minute of idleness")
    expect(len(re.findall(r"^deep 20000: frames checked, 0 wrong", text, re.MULTILINE)) == 4, "a recursion went wrong")


@case
def stack_shrinks_on_request(context):
    # More than once: it may come while the recursion is still on its way back, and then takes what is free by then.
    text = context.command("growth trim off; deep 20000 60 & rest 1; growth trim; rest 1; growth trim; rest 1; growth trim; growth; wait; stats check",
                           build="release")
    given = [float(n) for n in re.findall(r"^(\d+\.?\d*) MiB given back", text, re.MULTILINE)]
    expect(stack_pages(text)[-1] <= 2 and sum(given) > 3, f"{stack_pages(text)[-1]} pages of stack after 'growth trim', which gave back {given} MiB")
    expect_match(r"^deep 20000: frames checked, 0 wrong", text)
    expect_match(r": 0 problems\.$", text)


@case
def touch_write_read_sparse(context):
    for kind in ("write", "read", "sparse"):
        text = frames_come_back(context, f"touch 16 {kind}")
        expect_match(rf"^touch 16 MiB {kind}: \d+ pages, 0 wrong", text)


@case
def a_walk_is_predicted_and_what_is_brought_in_is_right(context):
    text = context.command("predict off; touch 16; predict; predict on; touch 16; predict; predict 1; stats check")
    first, second = re.findall(r"^Since boot: (\d+) pages were brought in ahead, (\d+) of them", text, re.MULTILINE)
    expect(int(second[0]) - int(first[0]) > 3500, f"only {second} after {first} of the 4096 pages came ahead")
    expect(int(second[1]) * 10 > int(second[0]) * 9, f"{second}: too many were wasted")
    times = [float(t) for t in re.findall(r"^touch 16 MiB write: 4096 pages, 0 wrong; .*?(\d+\.\d) us per page", text, re.MULTILINE)]
    expect(len(times) == 2, f"not both were right: {times}")
    expect_match(r"^ *0x[0-9a-f]+ .* none +\d", text)
    expect_match(r": 0 problems\.$", text)


@case
def strict_promises_no_more_than_there_is(context):
    """Too much is refused to the program that asks, and nobody is ended; with a smaller stack limit more fits."""
    settings = {"memory": "64M", "append": "commit=strict"}
    text = context.command("limit commit; touch 60; echo alive; touch 16; limit commit; stats check", status=1, **settings)
    expect_match(r"^[\d.]+ MiB promised .*\nNo more than that is promised: 0 refused", text)
    expect(re.search(r"^touch: .*[Nn]ot enough memory|^touch: .*memory", text, re.MULTILINE), "touch 60 was not refused")
    expect_match(r"^alive$", text)
    expect_match(r"^touch 16 MiB write: 4096 pages, 0 wrong", text)
    expect(int(expect_match(r"^No more than that is promised: ([1-9]\d*) refused", text)[1]) >= 1, "no refusal was counted")
    expect("out of memory: it held" not in text, "a program was ended")
    expect_match(r": 0 problems\.$", text)
    text = context.command("limit commit strict; touch 16 & touch 16 & wait; cow 12; growth limit default 1M; cow 12; stats check", status=1, **settings)
    expect(len(re.findall(r"^cow 12 MiB: .* 0 wrong", text, re.MULTILINE)) == 1, "fork of a program beyond the limit, and below it with smaller stacks")


@case
def a_wrong_commit_argument_stops_the_boot(context):
    ended, text = context.boot(append="commit=often")
    expect(ended is not None and "wrong boot argument: commit= is strict or overcommit" in text, "the boot went on")


@case
def touch_sparse_takes_few_frames(context):
    text = context.command("touch 1024 sparse; stats check", memory="128M")
    expect_match(r"^touch 1024 MiB sparse: 4096 pages, 0 wrong", text)


@case
def touch_read_needs_no_memory(context):
    expect_match(r"^touch 96 MiB read: 24576 pages, 0 wrong", context.command("touch 96 read", memory="64M", build="release"))


@case
def touch_read_of_more_pages_than_there_are_capability_slots(context):
    """64 MiB of RAM have 65536 slots for mappings; the first pages lose theirs to the last, and are right when they are read again."""
    text = context.command("touch 300 read; evict; stats check", memory="64M", build="release")
    expect_match(r"^touch 300 MiB read: 76800 pages, 0 wrong", text)
    expect(int(expect_match(r"^mappings taken for slots +(\d+)", text)[1]) > 10000, "where did the slots come from?")
    expect_match(r": 0 problems\.$", text)


@case
def overflow_ends_with_a_message_naming_stack_and_limit(context):
    text = frames_come_back(context, "overflow", status=1)
    message = expect_match(r"^.*stack.*$", re.sub(r"^.*(recursing|anonymous).*$", "", text, flags=re.MULTILINE))[0]
    expect("overflow" in message, "the message does not name the program")
    expect(re.search(r"limit", text), "the message does not name the limit")
    expect(re.search(r"0x[0-9a-f]+", message), "the message does not name the address")
    expect("never ended" not in text, "the stack never ended")


@case
def overflow_status_and_shell_alive(context):
    text = context.command("overflow; echo status $?; echo alive; overflow", status=139)
    expect_match(r"^status 139$", text)
    expect_match(r"^alive$", text)


def wild(context, kind, status):
    text = frames_come_back(context, f"wild {kind}; echo status $?; echo alive", status=1)
    expect_match(rf"^wild: {kind}$", text)
    expect("did no harm" not in text, "the access went through")
    expect_match(rf"^status {status}$", text)
    expect_match(r"^alive$", text)


for wild_kind, wild_status in (("read", 139), ("write", 139), ("exec", 139), ("null", 139), ("kernel", 139), ("text", 139), ("pc", 132), ("undefined", 132)):
    case(lambda context, k=wild_kind, s=wild_status: wild(context, k, s), f"wild_{wild_kind}_ends_only_that_program")


@case
def wild_message_names_program_and_address(context):
    text = context.command("wild write", status=139)
    expect_match(r"wild.*0x123456789000", text)


@case
def hog_is_ended_and_nothing_else(context):
    text = frames_come_back(context, "hog; echo status $?; echo alive; touch 1", status=1, memory="128M", timeout=200)
    expect_match(r"^hog: holds 16 MiB$", text)
    expect_match(r"^status 137$", text)
    expect_match(r"^alive$", text)
    held, resident, minimum, weight, excess = map(int, expect_match(r"out of memory.*\n +PID .*\n +\d+  hog +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", text).groups())
    expect(held >= resident > 64 * 1024 and weight == 1 and excess == held - minimum, "the table does not justify the end")
    expect_match(r"^ +1  shell ", text)


@case
def hog_in_the_background_leaves_others_alone(context):
    text = context.command("hog & sha256sum /bin/shell; forktree 2; wait; echo alive; stats check", status=1, memory="128M", timeout=200)
    expect_match(r"^[0-9a-f]{64}  /bin/shell$", text)
    expect_match(r"^alive$", text)


@case
def hog_within_bounds_gives_everything_back(context):
    expect_match(r"^hog: holds 32 MiB$", frames_come_back(context, "hog 32"))


@case
def hog_with_a_limit_is_ended_by_it_and_nothing_else(context):
    # Pids count up, so the first program of every boot has the same; a program that ends with a message tells which.
    first = int(expect_match(r"^pid (\d+) \(wild\)", context.command("wild null", status=139, memory="128M"))[1])
    run = "; ".join(f"hog & stats limit {first + 2 * n} 24M; touch 2; wait; {COUNT_FREE}" for n in range(3))
    text = context.command(f"{run}; echo alive; stats check", status=1, memory="128M", timeout=200)
    messages = re.findall(r"^pid \d+ \(hog\): (.*)$", text, re.MULTILINE)
    expect(len(messages) == 3, f"{len(messages)} of 3 hogs were ended with a message")
    for message in messages:
        use = expect_match(r"over its limit: it holds (\d+) (KiB|MiB) of at most 24 MiB", message)
        expect(int(use[1]) * (1024 if use[2] == "MiB" else 1) < 64 * 1024, f"it grew after the limit was set: {message}")
    expect(len(re.findall(r"^touch 2 MiB write: .* 0 wrong", text, re.MULTILINE)) == 3, "a program beside the hog failed")
    expect_all_back(text, 2)
    expect_match(r"^alive$", text)
    expect_match(r": 0 problems\.$", text)


@case
def hog_with_all_memory_of_odd_sizes_leaves_the_pager_running(context):
    for memory in ("64M", "80M", "88M"):
        text = context.command("hog; echo alive; stats check", status=1, memory=memory, build="release", timeout=200)
        expect_match(r"^pid \d+ \(hog\): out of memory", text)
        expect_match(r"^alive$", text)
        expect_match(r": 0 problems\.$", text)


def thrash(context, arguments, **settings):
    """No access may find another page than was left there, and everything comes back."""
    text = frames_come_back(context, f"thrash {arguments}", timeout=300, **settings)
    expect(len(re.findall(r"^thrash .* accesses, 0 wrong", text, re.MULTILINE)) == 2, "an access found a wrong page")
    return text


@case
def thrash_larger_than_memory_is_right_in_every_pattern(context):
    for pattern in ("seq", "uniform", "zipf"):
        thrash(context, f"90 {pattern} n=8000", memory="64M", build="release")


@case
def thrash_larger_than_memory_with_the_books_checked(context):
    thrash(context, "72 uniform n=3000", memory="64M")


@case
def three_times_thrash_at_once(context):
    run = "thrash 30 uniform n=8000 & thrash 30 zipf n=8000 seed=2 & thrash 30 seq n=8000 seed=3 & wait"
    text = frames_come_back(context, run, memory="64M", build="release", timeout=300)
    expect(len(re.findall(r"^thrash .* accesses, 0 wrong", text, re.MULTILINE)) == 6, "an access found a wrong page")


@case
def programs_all_at_once_all_frames_back(context):
    run = "touch 8 & cow 4 & forktree 3 & deep 5000 & wait"
    text = frames_come_back(context, run, build="release")
    expect_match(r"^forktree 3: 15 of 15", text)


@case
def everything_runs_in_32_mib(context):
    text = context.command("sha256sum /bin/shell; sort /README; forktree 3; cow 2; deep 1000; stats check", memory="32M", build="release")
    expect_match(r"^forktree 3: 15 of 15", text)
    expect_match(r": 0 problems\.$", text)


@case
def free_memory_does_not_drift_over_many_runs(context):
    run = "; ".join(["true", "forktree 2", "touch 2", "cow 1", "wild null", "deep 300"] * 2)
    # The servers' own tables reach new pages in the first rounds; after that nothing may change any more.
    text = context.command(f"{run}; {run}; {run}; {COUNT_FREE}; {run}; {COUNT_FREE}", status=1, build="release", timeout=200)
    expect_all_back(text, 2)


def longest_round_us(text):
    """How long `pace` was kept from going on at most."""
    return int(expect_match(r"^pace: the longest round took (\d+) us$", text)[1])


BESIDE_MUCH = {"memory": "512M", "build": "release", "icount": True, "timeout": 200}
# Two time slices: what a program may have to wait for one other.
LONGEST_US = 10000


@case
def others_run_while_a_space_with_much_is_asked_about_and_ends(context):
    if TORTURE:
        raise Skip("a million pages of which every one is taken away take too long")
    for kind in "4000 read", "300 write":
        text = context.command(f"touch {kind} 9 & rest 1; pace 3 & stats json; lazy 7; predict; ps; kill %1; stats ram; wait; stats ram; rest 1; stats ram; stats check",
                               status=1, **BESIDE_MUCH)  # fmt: skip
        longest = longest_round_us(text)
        expect(longest <= LONGEST_US, f"touch {kind}: another program had to wait for {longest} us")
        before, *_, after = [int(n) for n in re.findall(r"^free +(\d+) ", text, re.MULTILINE)]
        expect(abs(after - before) < 200, f"{before} pages were free at once, {after} in the end")
        expect_match(r": 0 problems\.$", text)


@case
def others_run_while_a_program_unmaps_much(context):
    if TORTURE:
        raise Skip("a million pages of which every one is taken away take too long")
    for kind in "4000 read", "300 write":
        text = context.command(f"touch {kind} 1 & rest 1; pace 1; wait; stats check", **BESIDE_MUCH)
        longest = longest_round_us(text)
        expect(longest <= LONGEST_US, f"touch {kind}: another program had to wait for {longest} us")
        expect_match(r"^touch \d+ MiB: unmapped in ", text)
        expect_match(r": 0 problems\.$", text)


@case
def others_run_while_a_program_with_much_memory_protects_it_or_is_replaced(context):
    if TORTURE:
        raise Skip("a hundred thousand pages of which every one is taken away take too long")
    text = context.command("touch 160 write 0 fork; touch 160 write 1 protect & rest 1; pace 1; wait; "
                           "run min=160M weight=3 touch 300 write 1 exec & rest 1; pace 1; limit; wait; stats check", **BESIDE_MUCH)  # fmt: skip
    for longest in re.findall(r"^pace: the longest round took (\d+) us$", text, re.MULTILINE):
        expect(int(longest) <= LONGEST_US, f"another program had to wait for {longest} us")
    for what in "forked", "protected":
        expect_match(rf"^touch 160 MiB: {what} in ", text)
    expect_match(r"^ +\d+ +rest .* 160 MiB +3 +none$", text)  # more than half of what may be kept for all: the new space has it in place of the old one
    expect_match(r": 0 problems\.$", text)


if __name__ == "__main__":
    sys.exit(main())
