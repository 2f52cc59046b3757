/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/json.h"
#include "tests/host/check_main.h"

#include <stdlib.h>

START_TEST(json_writes_nested_values)
{
    char *text;
    size_t size;
    struct json j;
    FILE *out = open_memstream(&text, &size);
    json_begin(&j, out);
    json_number(&j, "n", UINT64_MAX);
    json_object(&j, "o");
    json_null(&j, "nothing");
    json_array(&j, "a");
    json_number(&j, NULL, 1);
    json_number(&j, NULL, 2);
    json_object(&j, NULL);
    json_number(&j, "x", 3);
    json_number(&j, "y", 4);
    json_end(&j);
    json_end(&j);
    json_end(&j);
    json_array(&j, "empty");
    json_end(&j);
    json_finish(&j);
    fclose(out);
    ck_assert_str_eq(text, "{\n"
                           "  \"n\": 18446744073709551615,\n"
                           "  \"o\": {\n"
                           "    \"nothing\": null,\n"
                           "    \"a\": [1, 2, {\"x\": 3, \"y\": 4}]\n"
                           "  },\n"
                           "  \"empty\": []\n"
                           "}\n");
    free(text);
}
END_TEST

START_TEST(json_escapes_whatever_a_string_holds)
{
    char *text;
    size_t size;
    struct json j;
    FILE *out = open_memstream(&text, &size);
    json_begin(&j, out);
    json_string(&j, "a\"b", "back\\slash \n \x7f \xff");
    json_finish(&j);
    fclose(out);
    ck_assert_str_eq(text, "{\n  \"a\\\"b\": \"back\\\\slash \\u000a \\u007f \\u00ff\"\n}\n");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/json");
    TCase *tests = tcase_create("json");
    tcase_add_test(tests, json_writes_nested_values);
    tcase_add_test(tests, json_escapes_whatever_a_string_holds);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
