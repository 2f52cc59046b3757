/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole lines, run by the real shell against fake servers: what is asked of whom, what is printed, what the status is. */
#include "fake_servers.h"
#include "shell/command.h"
#include "shell/screen.h"
#include "tests/host/check_main.h"

#include "generated/pager_protocol.h"
#include "generated/process_protocol.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct shell shell;
static char output[65536];

/* Runs one line with both output streams going into `output`. */
/* A terminal has 80 columns. That is no matter of what programs read (stats json), of full screens, and of complaints, which are one line each. */
static void fits_a_terminal(const char *line)
{
    for (const char *p = output; *p && *p != '{'; p += strspn(p, "\n")) {
        size_t length = strcspn(p, "\n");
        ck_assert_msg(length <= 80 || memchr(p, '\033', length), "'%s' prints a line of %zu columns: %.*s", line, length, (int)length, p);
        p += length;
    }
}

static bool run(const char *line)
{
    fflush(stdout);
    int memory = memfd_create("output", 0), out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    dup2(memory, STDOUT_FILENO);
    dup2(memory, STDERR_FILENO);
    bool succeeded = shell_run_line(&shell, line);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    ssize_t n = pread(memory, output, sizeof(output) - 1, 0);
    output[n < 0 ? 0 : n] = '\0';
    close(memory);
    close(out);
    close(err);
    if (succeeded)
        fits_a_terminal(line);
    return succeeded;
}

static void prints(const char *line, int status, const char *expected)
{
    ck_assert_int_eq(run(line), status == 0);
    ck_assert_str_eq(output, expected);
    ck_assert_int_eq(shell.status, status);
}

static void mentions(const char *line, int status, const char *part)
{
    run(line);
    ck_assert_msg(strstr(output, part) != NULL, "'%s' printed: %s", line, output);
    ck_assert_int_eq(shell.status, status);
}

static void setup(void)
{
    memset(&shell, 0, sizeof(shell));
    shell.first = true;
    fake_reset();
}

START_TEST(execute_disk_tests_and_formats_volumes)
{
    mentions("disk", 0, "swap 00001234");
    mentions("disk counters", 0, "7 reads (9 blocks)");
    fake.no_disk = true;
    prints("disk counters", 0, "There is no disk.\n");
    fake.no_disk = false;
    mentions("disk check 0", 0, "read 4096 of 4096 blocks, checksum 0000000000000abc");
    mentions("disk check 0 4000 97", STATUS_FAILED, "out of range");
    mentions("disk check 1", STATUS_FAILED, "disk: error 23");
    mentions("disk check x", STATUS_USAGE, "'x' is not a number");
    mentions("disk write 0 1 5000 7", 0, "wrote 5000 of 5000 blocks");
    mentions("disk compare 0 1 10 7", 0, "compared 10 of 10 blocks, 0 wrong");
    mentions("disk compare 0 1 10 9", STATUS_FAILED, "block 1 is the first that differs");
    mentions("disk discard 0 1 1", STATUS_FAILED, "not supported");
    mentions("disk format 0", STATUS_FAILED, "'disk format 0 force' overwrites it");
    ck_assert_uint_eq(fake.formatted, 0);
    mentions("disk format 0 forc", STATUS_USAGE, "is not 'force'");
    prints("disk format 0 force", 0, "Volume 0 is ready for pages; 'swap on' uses it.\n");
    ck_assert_uint_eq(fake.formatted, 1);
    mentions("disk format", STATUS_USAGE, "'disk format' wants the number of a volume");
    mentions("disk format x", STATUS_USAGE, "'x' is not the number of a volume");
    mentions("swap format 0", STATUS_FAILED, "'swap format 0 force' overwrites it");
    mentions("swap format 0 force force", STATUS_USAGE, "too many arguments");
    mentions("swap status now", STATUS_USAGE, "'swap status' takes no arguments");
    mentions("swap off", STATUS_FAILED, "10 pages are still on disk"); /* the fake one stays on */
    mentions("swap off force", STATUS_FAILED, "10 pages are still on disk");
    mentions("swap off fource", STATUS_USAGE, "'fource' is not 'force'");
    mentions("swap offf", STATUS_USAGE, "'offf' is not status, on, off or format");
    mentions("swap format 1", STATUS_FAILED, "swap: error 23");
    ck_assert_uint_eq(fake.formatted, 1);
    prints("swap format 0 force", 0, "Volume 0 is ready for pages; 'swap on' uses it.\n");
    ck_assert_uint_eq(fake.formatted, 2);
    mentions("disk inject burn", STATUS_USAGE, "no fault 'burn'");
    mentions("disk inject fail 1", STATUS_FAILED, "error 20");
    mentions("disk write 0", STATUS_USAGE, "wrong arguments for 'write'");
}
END_TEST

START_TEST(execute_echo_and_status)
{
    prints("echo hello  'big world'", 0, "hello big world\n");
    prints("echo -n x; echo $?", 0, "x0\n");
    prints("", 0, "");
}
END_TEST

START_TEST(execute_program_name_is_looked_up_in_bin)
{
    prints("wc README 'a b'", 0, "");
    ck_assert_str_eq(fake.spawn_path, "bin/wc");
    ck_assert_uint_eq(fake.spawn_arguments_len, 14);
    ck_assert_mem_eq(fake.spawn_arguments, "wc\0README\0a b\0", 14);
    ck_assert_uint_eq(fake.spawn_flags, 0);
    ck_assert_uint_eq(fake.foreground, 0);
    ck_assert_uint_eq(fake.n_waited, 1);
    prints("run test/x", 0, "");
    ck_assert_str_eq(fake.spawn_path, "test/x");
}
END_TEST

START_TEST(execute_run_gives_a_program_a_share_of_its_own)
{
    prints("run max=2M test/x", 0, "");
    ck_assert_uint_eq(fake.spawn_flags, PROCESS_SPAWN_SHARE);
    ck_assert_str_eq(fake.spawn_path, "test/x");
    ck_assert_uint_eq(fake.spawn_share.max_pages, 512);
    ck_assert_uint_eq(fake.spawn_share.min_pages, 128); /* what is not given is the shell's */
    ck_assert_uint_eq(fake.spawn_share.weight, 1);
    prints("run weight=7 min=64K max=none spin 3 &", 0, "");
    ck_assert_uint_eq(fake.spawn_flags, PROCESS_SPAWN_BACKGROUND | PROCESS_SPAWN_SHARE);
    ck_assert_uint_eq(fake.spawn_share.weight, 7);
    ck_assert_uint_eq(fake.spawn_share.min_pages, 16);
    ck_assert_uint_eq(fake.spawn_share.max_pages, 0);
    mentions("jobs", 0, "running  run weight=7 min=64K max=none spin 3");
    mentions("run max=0 x", STATUS_USAGE, "'max=0' is not min=SIZE");
    mentions("run weight=0 x", STATUS_USAGE, "'weight=0' is not");
    mentions("run weight=65536 x", STATUS_USAGE, "'weight=65536' is not");
    mentions("run min=4M", STATUS_USAGE, "the program is missing");
    ck_assert_uint_eq(fake.n_spawned, 2);
}
END_TEST

START_TEST(execute_status_follows_how_the_program_ended)
{
    static const struct {
        uint64_t word;
        int status;
    } ends[] = {
        {PROCESS_STATUS_EXITED << 8 | 3, 3},
        {PROCESS_STATUS_SIGNALLED << 8 | PROCESS_SIGNAL_INTERRUPT, 130},
        {PROCESS_STATUS_SIGNALLED << 8 | PROCESS_SIGNAL_KILL, 137},
        {PROCESS_STATUS_FAULTED << 8 | PAGER_EVENT_BAD_ADDRESS, 139},
        {PROCESS_STATUS_FAULTED << 8 | PAGER_EVENT_STACK_OVERFLOW, 139},
        {PROCESS_STATUS_FAULTED << 8 | PAGER_EVENT_EXCEPTION, 132},
        {PROCESS_STATUS_FAULTED << 8 | PAGER_EVENT_NO_MEMORY, 137},
        {PROCESS_STATUS_FAULTED << 8 | PAGER_EVENT_UNKNOWN_SYSCALL, 159},
    };
    char expected[16];
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        fake.end_status = ends[i].word;
        ck_assert(!run("wild"));
        ck_assert_int_eq(shell.status, ends[i].status);
        snprintf(expected, sizeof(expected), "%d\n", ends[i].status);
        prints("echo $?", 0, expected);
    }
}
END_TEST

START_TEST(execute_line_fails_when_any_command_failed)
{
    fake.end_status = 1;
    ck_assert(!run("false; echo goes on"));
    ck_assert_str_eq(output, "goes on\n");
    ck_assert_int_eq(shell.status, 0);
}
END_TEST

START_TEST(execute_wrong_line_runs_nothing_and_shows_where)
{
    prints("echo a; echo 'b", STATUS_USAGE,
           "shell: echo a; echo 'b\n"
           "                    ^ the single quote that opens here is never closed\n");
    mentions("wc | sort", STATUS_USAGE, "^ pipes");
    ck_assert_uint_eq(fake.n_spawned, 0);
}
END_TEST

START_TEST(execute_unknown_name_suggests)
{
    fake.spawn_error = PAGODA_ERR_NO_SUCH_FILE;
    prints("stast", STATUS_NOT_FOUND, "shell: no command or program is called 'stast'; did you mean 'stats'?\n");
    prints("sha256", STATUS_NOT_FOUND, "shell: no command or program is called 'sha256'; 'help' lists them\n");
    prints("''", STATUS_NOT_FOUND, "shell: no command or program is called ''; 'help' lists them\n");
    mentions("forktre 3", STATUS_NOT_FOUND, "did you mean 'forktree'?");
}
END_TEST

START_TEST(execute_program_that_cannot_start_says_why)
{
    fake.spawn_error = PAGODA_ERR_NOT_EXECUTABLE;
    prints("run README", STATUS_NO_START, "shell: README: error 9\n");
    fake.spawn_error = 0;
    char line[900] = "args ";
    memset(line + 5, 'x', 800);
    mentions(line, STATUS_NO_START, "longer than 720 bytes");
}
END_TEST

START_TEST(execute_wrong_number_of_arguments_shows_usage)
{
    prints("ps now", STATUS_USAGE, "ps: takes no arguments\nusage: ps\n");
    prints("cat", STATUS_USAGE, "cat: an argument is missing\nusage: cat FILE...\n");
    prints("ls a b", STATUS_USAGE, "ls: too many arguments, from 'b' on\nusage: ls [NAME]\n");
    mentions("echo x; ps &", STATUS_USAGE, "cannot run in the background");
}
END_TEST

START_TEST(execute_background_job_is_listed_and_its_end_reported)
{
    prints("spin 3 &", 0, "");
    ck_assert_uint_eq(fake.spawn_flags, PROCESS_SPAWN_BACKGROUND);
    ck_assert_uint_eq(fake.n_waited, 0);
    prints("jobs", 0, "[1]  100  running  spin 3\n");
    fake.background_ended = true;
    fake.end_status = 2;
    prints("echo", 0, "\n[1] exit 2: spin 3\n");
    prints("jobs", 0, "");
    shell.interactive = true;
    fake.background_ended = false;
    prints("spin & spin &", 0, "[1] 101\n[2] 102\n");
}
END_TEST

START_TEST(execute_wait_and_fg_take_the_job)
{
    fake.end_status = 7;
    prints("spin 3 &", 0, "");
    prints("wait %1", 7, "[1] exit 7: spin 3\n");
    prints("spin 4 &", 0, "");
    prints("fg", 7, "spin 4\n");
    prints("jobs", 0, "");
    prints("fg", 1, "fg: there is no job\n");
    prints("wait %9", 1, "wait: no job is called '%9'; 'jobs' lists them\n");
    prints("wait", 0, "");
}
END_TEST

START_TEST(execute_wait_for_all_reports_each)
{
    ck_assert(run("spin 1 & spin 2 &"));
    prints("wait", 0, "[1] done: spin 1\n[2] done: spin 2\n");
}
END_TEST

START_TEST(execute_kill_names_target_and_signal)
{
    ck_assert(run("spin &"));
    prints("kill %1", 0, "");
    ck_assert_uint_eq(fake.killed_pid, 100);
    ck_assert_uint_eq(fake.killed_signal, PROCESS_SIGNAL_TERMINATE);
    prints("kill -9 9", 0, "");
    ck_assert_uint_eq(fake.killed_pid, 9);
    ck_assert_uint_eq(fake.killed_signal, PROCESS_SIGNAL_KILL);
    prints("kill -int 9", 0, "");
    ck_assert_uint_eq(fake.killed_signal, 2);
    prints("kill -SIGKILL 9", 0, "");
    ck_assert_uint_eq(fake.killed_signal, PROCESS_SIGNAL_KILL);
    prints("kill -TERM %1", 0, "");
    ck_assert_uint_eq(fake.killed_signal, PROCESS_SIGNAL_TERMINATE);
    prints("kill 1", 1, "kill: process 1 is this shell; 'poweroff' stops the machine\n");
    prints("kill 5", 1, "kill: process 5 is a service of the system, which cannot be ended\n");
    prints("kill 4000", 1, "kill: 4000: error 6\n");
    prints("kill %3", 1, "kill: no job is called '%3'; 'jobs' lists them\n");
    prints("kill x", 1, "kill: 'x' is not a process number\n");
    mentions("kill -99 9", STATUS_USAGE, "'-99' is not a signal: a number from -1 to -15, -HUP");
    mentions("kill -0 9", STATUS_USAGE, "not a signal");
    mentions("kill -WINCH 9", STATUS_USAGE, "not a signal");
    mentions("kill -SIG 9", STATUS_USAGE, "not a signal");
    mentions("kill - 9", STATUS_USAGE, "not a signal");
    mentions("kill -9", STATUS_USAGE, "the process is missing");
}
END_TEST

START_TEST(execute_ls_shows_files_and_their_sum)
{
    prints("ls", 0,
           "   SIZE  BYTES  NAME\n"
           " 1000 B   1000  bin/wc\n"
           "  4 KiB   4096  bin/sort\n"
           "   70 B     70  README\n"
           "-------  -----  --------\n"
           "5.0 KiB   5166  3 files\n");
}
END_TEST

START_TEST(execute_ls_of_one_name)
{
    mentions("ls /README", 0, "README");
    ck_assert_ptr_null(strstr(output, "wc"));
    mentions("ls bin/", 0, "2 files");
    mentions("ls bi", 1, "no file or folder");
    fake.pager_down = true;
    mentions("ls", 1, "ls: error");
}
END_TEST

START_TEST(execute_ps_joins_processes_and_spaces)
{
    mentions("ps", 0, "shell");
    ck_assert_ptr_nonnull(strstr(output, "1    - running"));
    ck_assert_ptr_nonnull(strstr(output, "ended"));
    ck_assert_ptr_nonnull(strstr(output, "144K")); /* 16 + 20 pages */
}
END_TEST

START_TEST(execute_hash_opens_the_memory_menu)
{
    mentions("#", 0, "# growth");
    ck_assert_ptr_nonnull(strstr(output, "# pressure"));
    ck_assert_ptr_nonnull(strstr(output, "# optimize"));
    mentions("# pressure", 0, "Pressure: low");
    mentions("#pressure", 0, "Pressure: low");
    mentions("pressure", 0, "Pressure: low");
    mentions("# presure", 1, "did you mean 'pressure'?");
    mentions("# ps", 1, "the memory menu has no 'ps'");
    mentions("# growth limit", STATUS_USAGE, "usage: growth");
}
END_TEST

START_TEST(execute_colour_shows_and_sets_sets_of_colours)
{
    mentions("predict", 0, "1000 pages were brought in ahead, 900 of them known to be used.\n");
    mentions("predict 9", 0, "stride -7");
    mentions("predict 9", 0, "90.0 %");
    mentions("predict 9", 0, "50.0 %");
    mentions("predict off", 0, "brought in");
    mentions("predict 77", 1, "no process has the number 77");
    mentions("colour", 0, "forktree");
    mentions("colour", 0, "16 page colours");
    mentions("colour on", 0, "by colour");
    mentions("colour off", 0, "without regard");
    mentions("colour 9", 0, "##");
    mentions("colour 9 0-3,8", 0, "it may have 0-3,8");
    ck_assert_uint_eq(fake.colour_set, 0x10f);
    mentions("colour 9 15", 0, "it may have 15");
    mentions("colour 9 0-15", 0, "it may have all");
    mentions("colour 9 1,3,5", 0, "it may have 1,3,5");
    mentions("colour 9 all", 0, "it may have all");
    ck_assert_uint_eq(fake.colour_set, 0xffff);
    static const char *const bad[] = {"16", "3-1", "-1", "0-", ",", "1,", "red", "0-3x"};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[32];
        snprintf(line, sizeof(line), "colour 9 %s", bad[i]);
        mentions(line, STATUS_USAGE, "no set of colours from 0 to 15");
    }
    mentions("colour 77", 1, "no process has the number 77");
    fake.colours = 1;
    mentions("colour", 0, "no page colours that matter");
}
END_TEST

START_TEST(execute_growth_lists_stacks_and_changes_limits)
{
    mentions("growth", 0, "forktree");
    ck_assert_ptr_nonnull(strstr(output, "160 KiB")); /* 16 KiB * (1 + 2 + 3 + 4) */
    mentions("growth 9", 0, "forktree");
    ck_assert_ptr_null(strstr(output, "console"));
    mentions("growth limit 9 2M", 0, "forktree");
    ck_assert_uint_eq(fake.limit_space, 4);
    ck_assert_uint_eq(fake.limit_bytes, 2 << 20);
    mentions("growth limit default 64K", 0, "New stacks may grow to 64 KiB");
    mentions("growth step 4", 0, "at most 4 pages");
    mentions("growth limit 9 1G", 1, "not possible");
    mentions("growth limit 9 tall", STATUS_USAGE, "not a size");
    mentions("growth limit 77 1M", 1, "no process has the number 77");
    mentions("growth limit default 128M", 1, "more than a stack can have: 128 MiB");
    mentions("growth step 33", STATUS_USAGE, "from 1 to 32");
    mentions("growth step 0", STATUS_USAGE, "not a number of pages");
    mentions("growth sideways 3", STATUS_USAGE, "not 'limit', 'step' or 'trim'");
    mentions("growth trim on", 0, "give back what they no longer use");
    mentions("growth trim off", 0, "keep what they have grown to");
    mentions("growth trim 9", 0, "KiB given back.");
    mentions("growth trim", 0, "KiB given back.");
    mentions("growth trim 77", 1, "no process has the number 77");
    mentions("growth trim 9 9", STATUS_USAGE, "trim wants");
    mentions("growth x", 1, "not a process number");
}
END_TEST

START_TEST(execute_lazy_shows_spaces_regions_and_the_switch)
{
    mentions("lazy", 0, "Zero-page sharing is on");
    ck_assert_ptr_nonnull(strstr(output, "131260")); /* pages reserved by all */
    mentions("lazy 9", 0, "bin/sort");
    mentions("lazy zero off", 0, "sharing is off");
    ck_assert_uint_eq(fake.zero_sharing, 0);
    mentions("lazy zero", 0, "sharing is off");
    mentions("lazy zero maybe", STATUS_USAGE, "'on' or 'off'");
    mentions("lazy 9 9", STATUS_USAGE, "too many");
}
END_TEST

START_TEST(execute_stats_sums_and_checks)
{
    mentions("stats", 0, "16384    64 MiB  100.0 %");
    ck_assert_ptr_nonnull(strstr(output, "60 faults took"));
    mentions("stats ram", 0, "largest block 32 MiB");
    mentions("stats check", 0, "0 problems");
    fake.problems = 1;
    mentions("stats check", 1, "1 problem.");
    mentions("stats everything", STATUS_USAGE, "there is no part");
    mentions("stats limit 9 16M", 0, "Process 9 may hold 16 MiB at most");
    ck_assert_uint_eq(fake.limit_pages, 4096);
    mentions("stats limit 9 none", 0, "any number of pages");
    ck_assert_uint_eq(fake.limit_pages, 0);
    mentions("stats limit 9 100", STATUS_USAGE, "not a size");
    mentions("stats limit 77 1M", 1, "no process has the number 77");
    mentions("stats limit 9", STATUS_USAGE, "wants a process and a size");
    mentions("stats ram 9", STATUS_USAGE, "only 'limit'");
}
END_TEST

START_TEST(execute_stats_json_holds_everything_or_nothing)
{
    mentions("stats json", 0, "\"free_pages\": 12000,");
    ck_assert_ptr_nonnull(strstr(output, "{\"name\": \"low\", \"enter_below_pages\": 2048, \"leave_above_pages\": 2560, \"times_entered\": 1}"));
    ck_assert_ptr_nonnull(strstr(output, "{\"pid\": 9, \"parent\": 1, \"name\": \"forktree\", \"state\": \"waiting\", \"cpu_us\": 5, \"space\": 4}"));
    ck_assert_ptr_nonnull(strstr(output, "\"state\": \"ended\", \"cpu_us\": 6, \"space\": null}"));
    ck_assert_ptr_nonnull(strstr(output, "\"max_pages\": 1000, \"faults\": {\"read_zero\": 0,"));
    ck_assert_ptr_nonnull(strstr(output, "\"switches_other_space\": 3456,"));
    ck_assert_ptr_null(strstr(output, "\"?\"")); /* every kind has its key */
    ck_assert_ptr_nonnull(strstr(output, "\"swap\": {\n    \"state\": \"on\","));
    ck_assert_ptr_nonnull(strstr(output, "\"signals\": {\"free\": 1, \"stall\": 0, \"refault\": 1, \"consumption\": 0, \"fragmentation\": 0},"));
    ck_assert_ptr_nonnull(strstr(output, "\"compressed_frames_limit\": 4096,"));
    ck_assert_ptr_nonnull(strstr(output, "\"promised_pages\": 4000,"));
    ck_assert_ptr_nonnull(strstr(output, "\"moved_pages\": {\"private\": 10, \"cow\": 20, \"shared\": 30, \"store\": 40},"));
    shell.first = false;
    mentions("stats json", 0, "\"kernel\": null");
    ck_assert_ptr_nonnull(strstr(output, "\"compressed\": {\"takes_pages\": 900, \"low_pages\": 2, \"high_pages\": 8, \"frame_saves_ns\": 12000, \"moved\": 1}"));
    ck_assert_ptr_nonnull(strstr(output, "\"copied_again_pages\": 52,"));
    ck_assert_ptr_nonnull(strstr(output, "\"large\": {\n    \"now\": 3,\n    \"given\": 31,\n    \"promoted\": "));
    ck_assert_ptr_nonnull(strstr(output, "\"broken\": {\"touched\": 1, \"unmapped\": 2, \"protected\": 3, \"fork\": 4, \"eviction\": 5, \"given_back\": 6, \"ended\": 7}"));
    ck_assert_ptr_nonnull(strstr(output, "\"balance\": {\n    \"useful\": 0,\n    \"used_pages\": 1024,"));
    ck_assert_ptr_nonnull(strstr(output, "\"prediction\": {\n    \"brought_pages\": 1000,\n    \"used_pages\": 900\n  }"));
    ck_assert_ptr_nonnull(strstr(output, "\"predict\": "));
    fake.pager_down = true;
    prints("stats json", 1, "stats: error 21\n");
}
END_TEST

START_TEST(execute_pressure_plots_the_history)
{
    mentions("pressure", 0, "Pressure: low. Free: 2000 of 16384 pages, 7.8 MiB of 64 MiB.\n");
    ck_assert_ptr_nonnull(strstr(output, "->  low               8 MiB      10 MiB              1\n"));
    ck_assert_ptr_nonnull(strstr(output, "Because of: free memory, refaults (low)\n"));
    ck_assert_ptr_nonnull(strstr(output, "\nrefaults       low       1500  pages per second come back\n"));
    ck_assert_ptr_nonnull(strstr(output, "\nconsumption    none         -  until nothing"));
    ck_assert_ptr_nonnull(strstr(output, "25.0 %     12.5 %      1.0 %      0.0 %")); /* one program */
    ck_assert_ptr_nonnull(strstr(output, "10.0 %")); /* all together */
    fake.n_samples = 100;
    mentions("pressure", 0, "level   ......................................................m.....  60 s wide\n");
    ck_assert_ptr_nonnull(strstr(output, "  590/s\n"));
    fake.n_samples = 1;
    mentions("pressure", 0, "level                                                              .  60 s wide\n");
}
END_TEST

static unsigned count(const char *text)
{
    unsigned n = 0;
    for (const char *at = output; (at = strstr(at, text)) != NULL; at += strlen(text))
        n++;
    return n;
}

START_TEST(execute_shows_who_storms)
{
    fake.storms = true;
    mentions("pressure control on", 0, "Load control is on; 0 programs thrash, 1 storms.");
    mentions("pressure control", 0, "forktree  storms");
    mentions("pressure control", 0, "75.0 %   50.0 %");
    mentions("stats json", 0, "\"storms\": 1, \"pager_share_thousandths\": 750");
    mentions("stats json", 0, "\"thrashes\": 0");
    ck_assert_uint_eq(count("\"thrashes\": 1"), 0);
}
END_TEST

START_TEST(execute_shows_who_is_slowed_as_of_one_moment)
{
    fake.turn_changes = true;
    mentions("ps", 0, " slowed ");
    ck_assert_uint_eq(count(" slowed "), 1);
    mentions("stats json", 0, "\"state\": \"slowed\"");
    ck_assert_uint_eq(count("\"state\": \"slowed\""), 1);
    ck_assert_uint_eq(count("\"slowed\": 1"), 1);
    mentions("pressure control", 0, "2 programs thrash");
}
END_TEST

START_TEST(execute_ps_says_why_a_program_has_not_begun)
{
    run("ps");
    ck_assert_uint_eq(count("held"), 0);
    fake.held = true;
    mentions("ps", 0, " held ");
    mentions("ps", 0, "pid 9 (forktree) waits for memory to begin, for 1.50 s now:\n  it is expected to use 2 MiB, and others leave 12 KiB.\n");
    mentions("stats json", 0, "\"state\": \"held\"");
}
END_TEST

START_TEST(execute_pressure_control_shows_and_sets)
{
    mentions("pressure control on", 0, "Load control is on; 0 programs thrash.\n");
    ck_assert_uint_eq(fake.load_control, 1);
    fake.slowed = true;
    mentions("pressure control", 0, "Load control is on; 1 program thrashes.\n");
    ck_assert_ptr_nonnull(strstr(output, "128 KiB"));
    ck_assert_ptr_nonnull(strstr(output, "1.50 s"));
    ck_assert_ptr_nonnull(strstr(output, "25.0 %"));
    mentions("pressure", 0, "Load control is on; 1 program thrashes.");
    mentions("pressure", 0, "forktree  thrashes");
    mentions("ps", 0, " slowed ");
    mentions("stats json", 0, "\"state\": \"slowed\"");
    mentions("pressure control off", 0, "Load control is off");
    ck_assert_uint_eq(fake.load_control, 0);
    mentions("pressure control fair", 0, "Load control is fair; 1 program thrashes.");
    ck_assert_uint_eq(fake.load_control, 2);
    mentions("pressure control perhaps", STATUS_USAGE, "'perhaps' is not 'on', 'fair' or 'off'");
    fake.pager_down = true;
    mentions("pressure control", 1, "error 21");
    mentions("pressure control on", 1, "error 21");
}
END_TEST

START_TEST(execute_pressure_watch_goes_on_until_a_key)
{
    mentions("pressure watch", 0, "Pressure: low"); /* no terminal: once */
    ck_assert_ptr_null(strstr(output, "\x1b"));
    mentions("pressure watch 0", STATUS_USAGE, "not a number of seconds from 1 to 3600");
    mentions("pressure wtach", STATUS_USAGE, "is neither 'watch' nor 'control'");
    shell.interactive = true;
    fake.typed = "\x1b[30;100Rq";
    mentions("pressure watch 5", 0, "every 5 s; any key ends");
    ck_assert_str_eq(fake.typed, "");
    ck_assert_ptr_nonnull(strstr(output, "\x1b[?1049h"));
    ck_assert_ptr_nonnull(strstr(output, "\x1b[?1049l"));
    ck_assert_ptr_nonnull(strstr(output, "\x1b[29;30r")); /* 30 rows */
    fake.typed = NULL; /* says neither its size nor anything else, then goes away */
    fake.pauses_max = 3;
    mentions("pressure watch", 0, "\x1b[23;24r");
    fake.typed = "\x1b[24;80R";
    fake.n_pauses = 0;
    fake.pager_down = true;
    mentions("pressure watch", 1, "\x1b[?1049lpressure: error 21");
}
END_TEST

START_TEST(execute_top_prints_once_without_a_terminal)
{
    static const char *const lines[] = {"top", "top -1", "top 5"};
    for (size_t i = 0; i < 3; i++) {
        mentions(lines[i], 0, "64 MiB RAM free  pressure low  rates since boot\nRAM [");
        ck_assert_ptr_nonnull(strstr(output, "\n   9 forktree "));
        ck_assert_ptr_null(strstr(output, "  10 forktree")); /* has ended */
        ck_assert_ptr_null(strchr(output, '\x1b'));
    }
    shell.interactive = true;
    mentions("top -1", 0, "rates since boot");
    ck_assert_ptr_null(strchr(output, '\x1b'));
    mentions("top 0", STATUS_USAGE, "'0' is not a number of seconds from 1 to 3600, or -1");
    mentions("top 1 2", STATUS_USAGE, "too many arguments");
    fake.pager_down = true;
    prints("top -1", 1, "top: error 21\n");
}
END_TEST

START_TEST(execute_top_on_a_terminal_obeys_the_keys)
{
    shell.interactive = true;
    fake.typed = "\x1b[24;80Rk9\rl9\r16M\rlx\rk5\rk1\rk4000\rq";
    mentions("top", 0, "process 9 ended");
    ck_assert_uint_eq(fake.killed_pid, 9);
    ck_assert_uint_eq(fake.killed_signal, PROCESS_SIGNAL_TERMINATE);
    ck_assert_uint_eq(fake.limit_space, 4);
    ck_assert_uint_eq(fake.limit_pages, 4096);
    ck_assert_ptr_nonnull(strstr(output, "16 MiB at most"));
    ck_assert_ptr_nonnull(strstr(output, "'x' is not a process number"));
    ck_assert_ptr_nonnull(strstr(output, "process 5 is a service of the system, which cannot be ended"));
    ck_assert_ptr_nonnull(strstr(output, "this shell"));
    ck_assert_ptr_nonnull(strstr(output, "4000: error 6"));
    ck_assert_str_eq(output + strlen(output) - strlen(SCREEN_LEAVE), SCREEN_LEAVE);
    ck_assert_str_eq(fake.typed, "");
}
END_TEST

START_TEST(execute_top_refreshes_and_follows_the_size)
{
    shell.interactive = true;
    fake.typed = NULL;
    fake.pauses_max = 6;
    mentions("top 5", 0, "\x1b[23;24r"); /* no answer: 24 rows; ends when the console does */
    unsigned drawings = 0;
    for (const char *c = output; (c = strstr(c, SCREEN_ASK_SIZE)) != NULL; c++)
        drawings++;
    ck_assert_uint_eq(drawings, 1 + 6); /* at the start, then with each */
    fake.typed = "\x1b[24;80R\x1b[40;120Rq";
    mentions("top", 0, "\x1b[39;40r");
    fake.typed = "\x1b[24;80R\x03";
    mentions("top", 0, SCREEN_LEAVE);
    fake.typed = "\x1b[24;80R ";
    fake.pager_down = true;
    mentions("top", 1, "top: error 21");
    ck_assert_ptr_nonnull(strstr(output, SCREEN_LEAVE));
}
END_TEST

START_TEST(execute_optimize_tells_what_it_would_and_did_bring)
{
    mentions("optimize --dry", 0, "compact: would free 12 chunks of 2 MiB by moving 1000 pages; 0 are free.\n");
    mentions("optimize status", 0, "scattered (0.800)");
    ck_assert_ptr_nonnull(strstr(output, "missing (0.300)"));
    ck_assert_ptr_nonnull(strstr(output, "would be served"));
    ck_assert_ptr_nonnull(strstr(output, "2 MiB chunks: 0 of 60 free; 3 cannot be emptied, for 77 pages in them.\n"));
    ck_assert_ptr_nonnull(strstr(output, "Moved since boot: 100 pages; 10 private, 20 copy-on-write, 30 shared,\n                  40 of stores; 1 stayed.\n"
                                         "Emptied since boot: 5 chunks, and 1 group for tables and slots.\n"));
    mentions("optimize", 0, "compact: moved 600 pages in 1.2 ms; free chunks of 2 MiB: 0 before, 12 after.\ncompact: 2000 ns a page.\n");
    mentions("optimize --dry compact", 0, "would free 0 chunks");
    fake.large_allowed = 2;
    mentions("optimize --dry promote", 0, "promote: 2 ranges of 2 MiB that are in use page by page could become frames.\n");
    fake.large_allowed = 1;
    mentions("optimize --dry promote", 0, "could become frames;\npromote: there are free chunks for 1.\n");
    mentions("optimize promote", 0, "promote: made 2 frames of 2 MiB in ");
    mentions("optimize large", 0, "31 given since boot:\n  4 of them by promotion, 9 after pages had moved to make room;"); /* two by the plain 'optimize' above */
    mentions("optimize --dry trim", 0, "trim: stacks hold 30 pages; 26 of them are known not to be in use.");
    mentions("optimize trim", 0, "trim: stacks gave back ");
    mentions("optimize --dry recolour", 0, " pages have another colour than they would get now.\n");
    mentions("colour on", 0, "by colour");
    mentions("optimize recolour", 0, "recolour: moved 20 pages of 1200; right colour: 10 before, 10 after.\n");
    mentions("colour off", 0, "without regard");
    mentions("optimize recolour", 0, "nothing to do");
    mentions("optimize balance", 0, "no disk is in use");
    mentions("optimize status", 0, "Compressed pages take 4 MiB and may take 19.5 MiB (50%), as no disk is in use.\n");
    fake.disk_in_use = true;
    mentions("optimize --dry balance", 0, "balance: of late more for compressed pages would have saved 5.0 ms,\nbalance: less of it 1.0 ms; 70 pages told.\n"
                                          "balance: compressed pages may take 19.5 MiB (50%); that would grow.\n");
    mentions("optimize balance", 0, "may take 19.5 MiB (50%) before, 21.5 MiB (55%) after.\n");
    mentions("optimize status", 0, "moved by what comes back.\nSteps since boot: 4 up, 2 down.\nA page takes 150.0 us from disk; 3.0 us to expand, 9.0 us to compress.\n");
    mentions("optimize balance 10 60", 0, "Between 3.9 MiB (10%) and 23.4 MiB (60%)");
    mentions("optimize balance off", 0, "not moved");
    mentions("optimize status", 0, "pages as they are  11.7 MiB   4 KiB  36 KiB      1.5 us has the rest\n");
    mentions("optimize status", 0, "by returns\nfiles                   0 B     0 B     0 B        0 ns no: in archive\n");
    mentions("optimize balance on", 0, "moved by what comes back");
    mentions("optimize balance 60 10", STATUS_USAGE, "the lower one first");
    mentions("optimize balance 0 10", STATUS_USAGE, "two shares of memory");
    mentions("optimize balance 10 101", STATUS_USAGE, "two shares of memory");
    mentions("optimize balance maybe", STATUS_USAGE, "balance is 'on', 'off'");
    mentions("optimize prezero", 0, "prezero (off): 512 free frames are zero, target 600, limit 8000 (6%).\nprezero: 300 are taken a second.\n"
                                    "prezero: since boot 1000 were zero when wanted so, 2000 were zeroed then.\n"
                                    "prezero: in 40 steps of idle time 480 were zeroed, 160 made;\nprezero: 5 in vain; up to 77 may be before more are taken.\n");
    mentions("optimize --dry prezero", 0, "prezero (off): 512 free frames are zero");
    mentions("optimize prezero on", 0, "prezero (on): ");
    mentions("optimize prezero 9", 0, "(9%)");
    mentions("optimize prezero 0", STATUS_USAGE, "'0' is not 'on', 'off' or a limit, 1 to 12 hundredths of memory");
    mentions("optimize prezero 13", STATUS_USAGE, "'13' is not");
    mentions("optimize prezero off", 0, "prezero (off): ");
    mentions("optimize status", 0, "prezero (off): ");
    mentions("optimize auto", 0, "in the background is off");
    mentions("optimize auto on", 0, "in the background is on");
    ck_assert_uint_eq(fake.compact, 1);
    mentions("optimize large", 0, "2 MiB frames (off): 3 in use, 31 given since boot:\n  4 of them by promotion, 9 after pages had moved to make room;\n  broken up: 5 by eviction, 4 by fork, 6 for a part, 13 at their end.\n");
    mentions("optimize large", 0, "promotion: 1 whole, which need 511 entries of tables and TLB less;\n"
                                  "promotion: broken up: 5 by eviction, 4 by fork, 6 for a part, 13 at their end;\n"
                                  "promotion: 2 abandoned; 2100 pages copied in 3.1 ms,\npromotion: 52 of them again, after a fault each.\n"
                                  "promotion: in the background 3 paid, 11 did not; 1 pause for that.\npromotion: 1 range watched, 7 left alone for a while.\n");
    fake.promotion_pause = 42;
    mentions("optimize large", 0, "11 did not; 1 pause for that, now for 42 s.\n");
    mentions("optimize large walks", 0, "2 MiB frames (walks): ");
    mentions("optimize status", 0, "2 MiB frames (walks): ");
    mentions("optimize hint on", 0, "64 KiB groups (on): 91 mapped since boot, 17 broken up for a part.\n");
    mentions("optimize hint off", 0, "64 KiB groups (off): 91 mapped");
    mentions("optimize hint", 0, "64 KiB groups (off): 91 mapped");
    mentions("optimize status", 0, "64 KiB groups (off): 91 mapped");
    mentions("optimize hint some", STATUS_USAGE, "'some' is not 'on' or 'off'");
    mentions("optimize large some", STATUS_USAGE, "'some' is not 'off', 'advised', 'walks' or 'all'");
    mentions("optimize stir 100", 0, "stir: moved 100 pages.\n");
    mentions("optimize stir", STATUS_USAGE, "how many pages?");
    mentions("optimize stir 0", STATUS_USAGE, "'0' is not a number of pages");
    mentions("optimize auto maybe", STATUS_USAGE, "'maybe' is not 'on' or 'off'");
    mentions("optimize nothing", STATUS_USAGE, "there is no part 'nothing'");
    mentions("optimize compact now", STATUS_USAGE, "too many arguments, from 'now' on");
}
END_TEST

START_TEST(execute_evict_shows_counts_and_chooses)
{
    mentions("evict", 0, "Eviction is on, policy generations.\n");
    ck_assert_ptr_nonnull(strstr(output, "left memory                    1000  50.0 %\n"
                                         "  stored                        800  80.0 %\n"
                                         "  stored copy was still good    100  10.0 %\n"));
    ck_assert_ptr_nonnull(strstr(output, "compressed                         700         500\n"));
    ck_assert_ptr_nonnull(strstr(output, "Now: 125 pages, 500 KiB, in 168 KiB of RAM.\n"
                                         "Compressed: 480 KiB in 160 KiB, ratio 3.0; at most 16 MiB of RAM.\n"));
    ck_assert_ptr_nonnull(strstr(output, "waited 1.5 ms in all for pages; 1 waits now.\n"));
    mentions("evict disk", 0, "Eviction is disk");
    mentions("evict policy 2q", 0, "policy 2q");
    ck_assert_uint_eq(fake.evict_policy, 2);
    mentions("evict policy", 0, "policy 2q");
    mentions("evict off", 0, "Eviction is off");
    mentions("evict always", 0, "Eviction is always");
    mentions("evict compress", 0, "Eviction is compress");
    mentions("evict writeback", 0, "Eviction is writeback");
    mentions("evict fail", 0, "No allocation is to fail.");
    mentions("evict fail 7", 0, "");
    ck_assert_uint_eq(fake.fail_alloc, 7);
    mentions("evict fail", 0, "Allocation 7 from now on is to fail.");
    mentions("evict fail x", STATUS_USAGE, "'x' is not a number");
    mentions("evict policy lru", STATUS_USAGE, "there is no policy 'lru'");
    mentions("evict now", STATUS_USAGE, "'now' is none of");
    mentions("evict on on", STATUS_USAGE, "too many");
}
END_TEST

START_TEST(execute_trace_records_saves_loads_and_replays)
{
    mentions("trace", 0, "Nothing was recorded.");
    mentions("trace replay", STATUS_FAILED, "nothing was recorded");
    mentions("trace start 77", STATUS_FAILED, "no process has the number 77");
    mentions("trace start 9 5M", STATUS_USAGE, "'5M' is not a size up to 4 MiB");
    mentions("trace start 9 4K", STATUS_FAILED, "too small for the pages");
    mentions("trace start 9", 0, "Recording, with room for");
    mentions("trace start 9", STATUS_FAILED, "another process is being recorded");
    mentions("trace", 0, "Recording, with room for");
    mentions("trace save 0", STATUS_FAILED, "'trace stop' first");
    mentions("trace stop", 0, "it ended because it was stopped:\nkv, policy clock");
    mentions("trace save 0", STATUS_FAILED, "volume 0 has no trace header");
    mentions("trace format 0", STATUS_FAILED, "'trace format 0 force' overwrites it");
    mentions("trace format 0 forc", STATUS_USAGE, "is not 'force'");
    prints("trace format 0 force", 0, "Volume 0 is ready for a trace; 'trace save' writes it.\n");
    mentions("trace load 0", STATUS_FAILED, "volume 0 holds no trace");
    mentions("trace save 0", 0, "Saved: kv, policy clock");
    mentions("trace replay lru", STATUS_USAGE, "there is no policy 'lru'");
    mentions("trace replay", 0, "exact: as recorded\n1 event in all.\n");
    prints("trace drop", 0, "");
    mentions("trace replay clock", STATUS_FAILED, "nothing was recorded");
    mentions("trace load 0", 0, "Loaded: kv, policy clock");
    mentions("trace replay clock", 0, "exact: as recorded\n1 event in all.\n");
    fake.trace_bytes[1][100] ^= 1;
    mentions("trace load 0", STATUS_FAILED, "volume 0 holds a trace with damaged records");
    mentions("trace", 0, "Loaded: kv"); /* the one before is still there */
    fake.trace_bytes[0][30] ^= 1;
    mentions("trace load 0", STATUS_FAILED, "volume 0 holds a trace with a damaged header");
    mentions("trace load 1", STATUS_FAILED, "there is no volume 1");
    mentions("trace what", STATUS_USAGE, "'what' is none of");
    prints("trace drop", 0, "");
}
END_TEST

START_TEST(execute_limit_commit_shows_and_sets)
{
    prints("limit commit", 0, "15.6 MiB promised to programs and servers; RAM and swap can keep 58.6 MiB.\nMore may be promised: nothing is refused.\n");
    mentions("limit commit strict", 0, "No more than that is promised: 3 refused.");
    ck_assert_uint_eq(fake.strict, 1);
    mentions("limit commit overcommit", 0, "nothing is refused");
    fake.too_much_promised = true;
    mentions("limit commit strict", 1, "more is promised already than could be kept");
    ck_assert_uint_eq(fake.strict, 0);
    mentions("limit commit often", STATUS_USAGE, "takes strict or overcommit");
    mentions("limit commit strict now", STATUS_USAGE, "takes strict or overcommit");
    fake.pager_down = true;
    mentions("limit commit", 1, "error 21");
}
END_TEST

START_TEST(execute_limit_shows_and_sets)
{
    mentions("limit", 0, "console");
    ck_assert_ptr_nonnull(strstr(output, "<=80 KiB")); /* nobody has looked at its pages */
    mentions("limit 9", 0, "  9  forktree  168 KiB  128 KiB  200 KiB  512 KiB       1  3.9 MiB\n");
    ck_assert_ptr_null(strstr(output, "console"));
    mentions("limit 9 min=8M weight=4", 0, "forktree");
    ck_assert_uint_eq(fake.limit_space, 4);
    ck_assert_uint_eq(fake.share_min, 2048);
    ck_assert_uint_eq(fake.share_weight, 4);
    mentions("limit 9 weight=2", 0, "forktree"); /* the minimum stays */
    ck_assert_uint_eq(fake.share_min, 128);
    mentions("limit 9 max=32M", 0, "forktree");
    ck_assert_uint_eq(fake.limit_pages, 8192);
    ck_assert_uint_eq(fake.share_weight, 2);
    mentions("limit 9 max=none", 0, "forktree");
    ck_assert_uint_eq(fake.limit_pages, 0);
    mentions("limit 9 min=1G", 1, "1 GiB cannot be kept: all minima");
    static const char *const wrong[] = {"limit 9 8M", "limit 9 weight=0", "limit 9 weight=65536", "limit 9 max=0", "limit 9 min=", "limit 9 max=x"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        mentions(wrong[i], STATUS_USAGE, "is not min=SIZE");
    mentions("limit 77", 1, "no process has the number 77");
    mentions("limit x", 1, "not a process number");
}
END_TEST

START_TEST(execute_explain_tells_of_a_page)
{
    prints("explain 9 0x10003123", 0,
           "Page 0x10003000 of process 9 (forktree): anonymous memory, rights rw-.\n"
           "Now: in a frame of its own, with 4 holders, mapped r--.\n"
           "Stored in 1523 bytes, 37.2 % of a page.\n"
           "    TIME, s  what happened to it\n"
           "      1.998  left memory, for the disk, slot 77; used 1 generation ago\n"
           "      1.999  left memory: compressed to 37.2 %; used 3 generations ago\n"
           "      2.000  came back for a write\n"
           "      2.001  write to a page that shared the zero page\n"
           "      2.002  looked at: used since the last look\n"
           "      2.003  looked at: not used since the last look; used 2 generations ago\n"
           "      2.004  its compressed copy moved to the disk, slot 78\n"
           "      3.000  now\n"
           "What happened to it is known since 0.001 s.\n");
    mentions("explain 9 1", 1, "has no region at 0x1");
    mentions("explain 77 0x1000", 1, "no process has the number 77");
    mentions("explain x here", 1, "'x' is not a process number");
    mentions("explain 9 here", STATUS_USAGE, "'here' is not an address");
    mentions("explain 9", STATUS_USAGE, "an argument is missing");
}
END_TEST

START_TEST(execute_context_and_uptime_read_the_kernel_page)
{
    mentions("context", 0, "3468");
    ck_assert_ptr_nonnull(strstr(output, "L2 data cache: 1 MiB, 16 ways"));
    ck_assert_ptr_nonnull(strstr(output, "skipped: no ASID held"));
    mentions("context measure", 0, "first touch of a page");
    mentions("context faster", STATUS_USAGE, "not 'measure'");
    prints("uptime", 0, "up 1:02:05.004 since the kernel started; it took 1.0 ms to reach init\n");
    shell.first = false;
    mentions("context", 1, "only the first shell");
    mentions("uptime", 1, "only the first shell");
}
END_TEST

START_TEST(execute_memory_commands_report_a_silent_pager)
{
    static const char *const lines[] = {"growth", "colour", "lazy", "stats", "pressure", "ps", "stats faults", "stats json", "top", "evict", "limit"};
    fake.pager_down = true;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        mentions(lines[i], 1, "error 21");
}
END_TEST

START_TEST(execute_help_knows_every_command_and_program)
{
    char line[64];
    const struct command *command;
    mentions("help", 0, "sha256sum [FILE...]");
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++) {
        snprintf(line, sizeof(line), "help '%s'", command->name);
        mentions(line, 0, command->summary);
        snprintf(line, sizeof(line), "  %s", command->name);
        mentions("help", 0, line);
    }
    mentions("help hog", 0, "[MIB]");
    mentions("help growht", 1, "did you mean 'growth'?");
}
END_TEST

static void fits(const char *typed)
{
    ck_assert(run(typed));
    for (char *line = strtok(output, "\n"); line != NULL; line = strtok(NULL, "\n"))
        ck_assert_msg(strlen(line) <= 80, "%s: %s", typed, line);
}

/* What a terminal of 80 columns shows must not wrap. */
START_TEST(execute_output_fits_the_screen)
{
    static const char *const lines[] = {"help", "#", "ps", "growth", "colour", "colour 9", "lazy", "lazy 9", "stats", "context", "pressure", "top", "ls", "services", "disk",
        "disk counters", "evict", "limit", "swap"};
    const struct command *command;
    char help[64];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        fits(lines[i]);
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++) {
        snprintf(help, sizeof(help), "help '%s'", command->name);
        fits(help);
    }
}
END_TEST

START_TEST(execute_poweroff_asks_init)
{
    mentions("poweroff", 1, "poweroff: error 20");
    ck_assert(fake.powered_off);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1) { /* to look at the output: execute_test 'LINE' */
        setup();
        return shell_run_line(&shell, argv[1]) ? 0 : 1;
    }
    Suite *suite = suite_create("shell/execute");
    TCase *tests = tcase_create("execute");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, execute_echo_and_status);
    tcase_add_test(tests, execute_disk_tests_and_formats_volumes);
    tcase_add_test(tests, execute_program_name_is_looked_up_in_bin);
    tcase_add_test(tests, execute_run_gives_a_program_a_share_of_its_own);
    tcase_add_test(tests, execute_status_follows_how_the_program_ended);
    tcase_add_test(tests, execute_line_fails_when_any_command_failed);
    tcase_add_test(tests, execute_wrong_line_runs_nothing_and_shows_where);
    tcase_add_test(tests, execute_unknown_name_suggests);
    tcase_add_test(tests, execute_program_that_cannot_start_says_why);
    tcase_add_test(tests, execute_wrong_number_of_arguments_shows_usage);
    tcase_add_test(tests, execute_background_job_is_listed_and_its_end_reported);
    tcase_add_test(tests, execute_wait_and_fg_take_the_job);
    tcase_add_test(tests, execute_wait_for_all_reports_each);
    tcase_add_test(tests, execute_kill_names_target_and_signal);
    tcase_add_test(tests, execute_ls_shows_files_and_their_sum);
    tcase_add_test(tests, execute_ls_of_one_name);
    tcase_add_test(tests, execute_ps_joins_processes_and_spaces);
    tcase_add_test(tests, execute_hash_opens_the_memory_menu);
    tcase_add_test(tests, execute_colour_shows_and_sets_sets_of_colours);
    tcase_add_test(tests, execute_growth_lists_stacks_and_changes_limits);
    tcase_add_test(tests, execute_lazy_shows_spaces_regions_and_the_switch);
    tcase_add_test(tests, execute_stats_sums_and_checks);
    tcase_add_test(tests, execute_stats_json_holds_everything_or_nothing);
    tcase_add_test(tests, execute_pressure_plots_the_history);
    tcase_add_test(tests, execute_ps_says_why_a_program_has_not_begun);
    tcase_add_test(tests, execute_shows_who_storms);
    tcase_add_test(tests, execute_shows_who_is_slowed_as_of_one_moment);
    tcase_add_test(tests, execute_pressure_control_shows_and_sets);
    tcase_add_test(tests, execute_pressure_watch_goes_on_until_a_key);
    tcase_add_test(tests, execute_top_prints_once_without_a_terminal);
    tcase_add_test(tests, execute_top_on_a_terminal_obeys_the_keys);
    tcase_add_test(tests, execute_top_refreshes_and_follows_the_size);
    tcase_add_test(tests, execute_optimize_tells_what_it_would_and_did_bring);
    tcase_add_test(tests, execute_evict_shows_counts_and_chooses);
    tcase_add_test(tests, execute_trace_records_saves_loads_and_replays);
    tcase_add_test(tests, execute_limit_commit_shows_and_sets);
    tcase_add_test(tests, execute_limit_shows_and_sets);
    tcase_add_test(tests, execute_explain_tells_of_a_page);
    tcase_add_test(tests, execute_context_and_uptime_read_the_kernel_page);
    tcase_add_test(tests, execute_memory_commands_report_a_silent_pager);
    tcase_add_test(tests, execute_help_knows_every_command_and_program);
    tcase_add_test(tests, execute_output_fits_the_screen);
    tcase_add_test(tests, execute_poweroff_asks_init);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
