/* SPDX-License-Identifier: BSD-2-Clause */
#include "top_keys.h"

#include "keys.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BACKSPACE 8
#define CTRL_U 21
#define DELETE 127

static const uint16_t intervals_s[] = {1, 2, 5, 10, 30, 60};
#define N_INTERVALS (sizeof(intervals_s) / sizeof(intervals_s[0]))

void top_start(struct top *t, uint64_t interval_s)
{
    *t = (struct top){.sort = TOP_CPU, .interval_s = interval_s};
}

void top_message(struct top *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(t->line, sizeof(t->line), format, arguments);
    va_end(arguments);
}

/* ---- the list ---- */

unsigned top_selected_row(struct top *t, const struct top_rows *rows, unsigned list_rows)
{
    unsigned row = 0;
    for (unsigned i = 0; i < rows->n; i++)
        if (rows->rows[i].process->pid == t->selected)
            row = i;
    if (row < t->first)
        t->first = row;
    if (row >= t->first + list_rows)
        t->first = row - list_rows + 1;
    return row;
}

static enum top_action select_row(struct top *t, int by, const struct top_rows *rows, unsigned list_rows)
{
    unsigned row = top_selected_row(t, rows, list_rows);
    if (rows->n == 0 || (by < 0 && row == 0) || (by > 0 && row + 1 >= rows->n))
        return TOP_NOTHING;
    t->selected = rows->rows[by < 0 ? row - 1 : row + 1].process->pid;
    top_selected_row(t, rows, list_rows);
    return TOP_REDRAW;
}

static enum top_action sort_by(struct top *t, enum top_column column)
{
    t->sort = column;
    t->first = 0;
    return TOP_REDRAW;
}

static enum top_action change_interval(struct top *t, bool longer)
{
    uint64_t next = t->interval_s;
    for (unsigned i = 0; i < N_INTERVALS; i++) {
        uint64_t candidate = intervals_s[longer ? i : N_INTERVALS - 1 - i];
        if (longer ? candidate > next : candidate < next) {
            next = candidate;
            break;
        }
    }
    t->interval_s = next;
    return TOP_REDRAW;
}

static uint64_t selected_pid(struct top *t, const struct top_rows *rows, unsigned list_rows)
{
    return rows->n == 0 ? 0 : rows->rows[top_selected_row(t, rows, list_rows)].process->pid;
}

/* ---- questions ---- */

static void show_question(struct top *t)
{
    if (t->mode == TOP_ASK_KILL)
        top_message(t, "end process [%" PRIu64 "]: %s", t->target, t->input);
    else if (t->mode == TOP_ASK_LIMIT_OF)
        top_message(t, "limit of process [%" PRIu64 "]: %s", t->target, t->input);
    else
        top_message(t, "limit of process %" PRIu64 ", as 16M, or none: %s", t->target, t->input);
}

static enum top_action ask(struct top *t, enum top_mode mode)
{
    t->mode = mode;
    t->input[0] = '\0';
    show_question(t);
    return TOP_REDRAW;
}

static enum top_action give_up(struct top *t)
{
    t->mode = TOP_LIST;
    t->line[0] = '\0';
    return TOP_REDRAW;
}

static enum top_action refuse(struct top *t, const char *what)
{
    t->mode = TOP_LIST;
    top_message(t, "'%s' is not %s", t->input, what);
    return TOP_REDRAW;
}

/* An empty answer means the process that the question offers. */
static bool take_target(struct top *t)
{
    uint64_t pid;
    if (t->input[0] == '\0')
        return true;
    if (!text_parse_number(t->input, &pid) || pid == 0)
        return false;
    t->target = pid;
    return true;
}

static enum top_action answer_limit(struct top *t)
{
    if (strcmp(t->input, "none") == 0)
        t->limit_bytes = 0;
    else if (!text_parse_size(t->input, &t->limit_bytes) || t->limit_bytes < 4096)
        return refuse(t, "a size of at least one page, or none");
    give_up(t);
    return TOP_SET_LIMIT;
}

static enum top_action answer(struct top *t)
{
    if (t->mode == TOP_ASK_LIMIT)
        return answer_limit(t);
    if (!take_target(t))
        return refuse(t, "a process number");
    if (t->mode == TOP_ASK_LIMIT_OF)
        return ask(t, TOP_ASK_LIMIT);
    give_up(t);
    return TOP_KILL;
}

static enum top_action question_key(struct top *t, int key)
{
    size_t length = strlen(t->input);
    if (key == KEY_ENTER || key == '\n')
        return answer(t);
    if (key == KEY_ESCAPE || key == KEY_CTRL_C)
        return give_up(t);
    if ((key == BACKSPACE || key == DELETE) && length > 0)
        t->input[length - 1] = '\0';
    else if (key == CTRL_U)
        t->input[0] = '\0';
    else if (key > ' ' && key <= '~' && length < TOP_INPUT_MAX) {
        t->input[length] = (char)key;
        t->input[length + 1] = '\0';
    }
    show_question(t);
    return TOP_REDRAW;
}

/* ---- all keys ---- */

static enum top_action list_key(struct top *t, int key, const struct top_rows *rows, unsigned list_rows)
{
    switch (key) {
    case 'q':
    case KEY_CTRL_C:
        return TOP_QUIT;
    case 'h':
    case '?':
        t->mode = TOP_HELP;
        return TOP_REDRAW;
    case ' ':
        return TOP_REFRESH;
    case KEY_CTRL_L:
        return TOP_REDRAW_ALL;
    case '+':
    case '-':
        return change_interval(t, key == '+');
    case KEY_UP:
    case KEY_DOWN:
        return select_row(t, key == KEY_UP ? -1 : 1, rows, list_rows);
    case KEY_LEFT:
        return t->sort == 0 ? TOP_NOTHING : sort_by(t, t->sort - 1);
    case KEY_RIGHT:
        return t->sort + 1 == TOP_COLUMNS ? TOP_NOTHING : sort_by(t, t->sort + 1);
    case 'p':
        return sort_by(t, TOP_PID);
    case 'n':
        return sort_by(t, TOP_NAME);
    case 'c':
        return sort_by(t, TOP_CPU);
    case 'r':
        return sort_by(t, TOP_RESIDENT);
    case 's':
        return sort_by(t, TOP_SHARED);
    case 'w':
        return sort_by(t, TOP_STALL);
    case 'o':
        return sort_by(t, TOP_COMPRESSED);
    case 'd':
        return sort_by(t, TOP_SWAPPED);
    case 'f':
        return sort_by(t, TOP_FAULTS);
    case 'k':
    case 'l':
        t->target = selected_pid(t, rows, list_rows);
        return ask(t, key == 'k' ? TOP_ASK_KILL : TOP_ASK_LIMIT_OF);
    default:
        return TOP_NOTHING;
    }
}

enum top_action top_key(struct top *t, int key, const struct top_rows *rows, unsigned list_rows)
{
    if (key == KEY_NONE)
        return TOP_NOTHING;
    if (t->mode >= TOP_ASK_KILL)
        return question_key(t, key);
    bool had_message = t->line[0] != '\0';
    t->line[0] = '\0';
    if (t->mode == TOP_HELP && key != KEY_CTRL_C) {
        t->mode = TOP_LIST;
        return TOP_REDRAW;
    }
    enum top_action action = list_key(t, key, rows, list_rows);
    return action == TOP_NOTHING && had_message ? TOP_REDRAW : action;
}
