/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/parse.h"
#include "tests/host/check_main.h"

#include <string.h>

static struct parsed_line parsed;

static const char *word(unsigned command, unsigned index)
{
    ck_assert_uint_lt(index, parsed.commands[command].n_words);
    return parsed.words[parsed.commands[command].first_word + index];
}

static void ok(const char *line, unsigned n_commands)
{
    ck_assert_int_eq(parse_line(line, &parsed), PARSE_OK);
    ck_assert_uint_eq(parsed.n_commands, n_commands);
}

static void wrong(const char *line, enum parse_error error, size_t column)
{
    ck_assert_int_eq(parse_line(line, &parsed), error);
    ck_assert_uint_eq(parsed.error_column, column);
    ck_assert_uint_eq(parsed.n_commands, 0);
    ck_assert_int_gt((int)strlen(parse_error_text(error)), 10);
}

START_TEST(parse_empty_and_blank_lines_have_no_commands)
{
    ok("", 0);
    ok("  \t ", 0);
}
END_TEST

START_TEST(parse_words_are_split_at_blanks)
{
    ok("  wc \t a.txt  b ", 1);
    ck_assert_uint_eq(parsed.commands[0].n_words, 3);
    ck_assert_str_eq(word(0, 0), "wc");
    ck_assert_str_eq(word(0, 1), "a.txt");
    ck_assert_str_eq(word(0, 2), "b");
    ck_assert(!parsed.commands[0].background);
}
END_TEST

START_TEST(parse_quotes_join_into_one_word)
{
    ok("echo 'a b'\"c d\"e '' \"\\\"\\\\\\n\" a\\ b \\;", 1);
    ck_assert_uint_eq(parsed.commands[0].n_words, 6);
    ck_assert_str_eq(word(0, 1), "a bc de");
    ck_assert_str_eq(word(0, 2), "");
    ck_assert_str_eq(word(0, 3), "\"\\\\n");
    ck_assert_str_eq(word(0, 4), "a b");
    ck_assert_str_eq(word(0, 5), ";");
}
END_TEST

START_TEST(parse_separators_end_commands)
{
    ok("a; b c & d;", 3);
    ck_assert_str_eq(word(0, 0), "a");
    ck_assert_str_eq(word(1, 1), "c");
    ck_assert_str_eq(word(2, 0), "d");
    ck_assert(!parsed.commands[0].background);
    ck_assert(parsed.commands[1].background);
    ck_assert_uint_eq(parsed.commands[1].start, 3);
    ck_assert_uint_eq(parsed.commands[1].end, 6);
    ok("spin&", 1);
    ck_assert(parsed.commands[0].background);
}
END_TEST

START_TEST(parse_hash_is_a_word_of_its_own_only_in_front)
{
    ok("#growth 3; # lazy; #", 3);
    ck_assert_uint_eq(parsed.commands[0].n_words, 3);
    ck_assert_str_eq(word(0, 0), "#");
    ck_assert_str_eq(word(0, 1), "growth");
    ck_assert_uint_eq(parsed.commands[1].n_words, 2);
    ck_assert_uint_eq(parsed.commands[2].n_words, 1);
    ok("echo a#b #c", 1);
    ck_assert_str_eq(word(0, 1), "a#b");
    ck_assert_str_eq(word(0, 2), "#c");
}
END_TEST

START_TEST(parse_status_is_replaced_when_expanded)
{
    char *argv[8], buffer[64];
    ok("echo $? \"is $?\" '$?' \\$?", 1);
    ck_assert(parse_expand(&parsed, 0, 139, argv, buffer, sizeof(buffer)));
    ck_assert_str_eq(argv[1], "139");
    ck_assert_str_eq(argv[2], "is 139");
    ck_assert_str_eq(argv[3], "$?");
    ck_assert_str_eq(argv[4], "$?");
    ck_assert_ptr_null(argv[5]);
}
END_TEST

START_TEST(parse_expand_refuses_a_buffer_that_is_too_small)
{
    char *argv[8], buffer[64];
    ok("echo $?", 1);
    for (size_t size = 0; size < 9; size++)
        ck_assert(!parse_expand(&parsed, 0, 139, argv, buffer, size));
    ck_assert(parse_expand(&parsed, 0, 139, argv, buffer, 9));
}
END_TEST

START_TEST(parse_open_quotes_are_errors_at_their_column)
{
    wrong("echo 'abc", PARSE_OPEN_SINGLE_QUOTE, 6);
    wrong("echo x\"abc; ls", PARSE_OPEN_DOUBLE_QUOTE, 7);
    wrong("\"a\\", PARSE_OPEN_DOUBLE_QUOTE, 1);
}
END_TEST

START_TEST(parse_trailing_backslash_is_an_error)
{
    wrong("echo \\", PARSE_TRAILING_BACKSLASH, 6);
}
END_TEST

START_TEST(parse_empty_commands_are_errors)
{
    wrong(";", PARSE_EMPTY_COMMAND, 1);
    wrong("ls ;; ps", PARSE_EMPTY_COMMAND, 5);
    wrong("& ls", PARSE_EMPTY_COMMAND, 1);
    wrong("ls &;", PARSE_EMPTY_COMMAND, 5);
}
END_TEST

START_TEST(parse_what_other_shells_know_is_named)
{
    wrong("cat a | wc", PARSE_NOT_KNOWN, 7);
    wrong("cat a>b", PARSE_NOT_KNOWN, 6);
    wrong("a && b", PARSE_NOT_KNOWN, 3);
    wrong("echo $HOME", PARSE_VARIABLE, 6);
    wrong("echo \"$x\"", PARSE_VARIABLE, 7);
    wrong("echo a\001", PARSE_CONTROL, 7);
    ok("echo '|<>&;$x'", 1);
    ck_assert_str_eq(word(0, 1), "|<>&;$x");
}
END_TEST

START_TEST(parse_too_long_a_line_is_an_error_and_the_longest_is_not)
{
    char line[PARSE_LINE_MAX + 2];
    memset(line, 'x', sizeof(line));
    line[PARSE_LINE_MAX] = '\0';
    ok(line, 1);
    line[PARSE_LINE_MAX] = 'x';
    line[PARSE_LINE_MAX + 1] = '\0';
    wrong(line, PARSE_TOO_LONG, PARSE_LINE_MAX + 1);
}
END_TEST

START_TEST(parse_too_many_words_or_commands_is_an_error)
{
    char line[PARSE_LINE_MAX + 1] = "";
    for (int i = 0; i < PARSE_WORDS_MAX; i++)
        strcat(line, "x ");
    ok(line, 1);
    strcat(line, "x");
    wrong(line, PARSE_TOO_LONG, strlen(line));
    line[0] = '\0';
    for (int i = 0; i < PARSE_COMMANDS_MAX; i++)
        strcat(line, "x;");
    ok(line, PARSE_COMMANDS_MAX);
    strcat(line, "x");
    ck_assert_int_eq(parse_line(line, &parsed), PARSE_TOO_LONG);
}
END_TEST

/* Every short line over the special characters: never out of bounds (the sanitizers watch), and words stay inside their command. */
START_TEST(parse_all_short_lines_are_safe)
{
    static const char set[] = "a '\"\\;&$?#|";
    const size_t n = sizeof(set) - 1;
    for (size_t code = 0; code < n * n * n * n * n; code++) {
        char line[6], buffer[32], *argv[8];
        size_t rest = code;
        for (int i = 0; i < 5; i++, rest /= n)
            line[i] = set[rest % n];
        line[5] = '\0';
        if (parse_line(line, &parsed) != PARSE_OK) {
            ck_assert_uint_eq(parsed.n_commands, 0);
            ck_assert(parsed.error_column >= 1 && parsed.error_column <= 6);
            continue;
        }
        for (unsigned i = 0; i < parsed.n_commands; i++) {
            ck_assert_uint_ge(parsed.commands[i].n_words, 1);
            ck_assert(parse_expand(&parsed, i, 7, argv, buffer, sizeof(buffer)));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/parse");
    TCase *tests = tcase_create("parse");
    tcase_add_test(tests, parse_empty_and_blank_lines_have_no_commands);
    tcase_add_test(tests, parse_words_are_split_at_blanks);
    tcase_add_test(tests, parse_quotes_join_into_one_word);
    tcase_add_test(tests, parse_separators_end_commands);
    tcase_add_test(tests, parse_hash_is_a_word_of_its_own_only_in_front);
    tcase_add_test(tests, parse_status_is_replaced_when_expanded);
    tcase_add_test(tests, parse_expand_refuses_a_buffer_that_is_too_small);
    tcase_add_test(tests, parse_open_quotes_are_errors_at_their_column);
    tcase_add_test(tests, parse_trailing_backslash_is_an_error);
    tcase_add_test(tests, parse_empty_commands_are_errors);
    tcase_add_test(tests, parse_what_other_shells_know_is_named);
    tcase_add_test(tests, parse_too_long_a_line_is_an_error_and_the_longest_is_not);
    tcase_add_test(tests, parse_too_many_words_or_commands_is_an_error);
    tcase_add_test(tests, parse_all_short_lines_are_safe);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
