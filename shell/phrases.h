/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What words can follow a command, for completion. Pure.
 *
 * The words are given as phrases, "limit PID none|json|ram": alternatives between bars, words between single blanks. A word that begins
 * with a capital letter stands for any word: it is passed over, and never offered.
 */
#ifndef SHELL_PHRASES_H
#define SHELL_PHRASES_H

#include <stddef.h>

#define PHRASES_WORD_MAX 31 /* bytes of the longest word that can be offered */

/* phrases_next: the index-th word, each once, in order, that can follow the words before[0..before_length) (blanks between and after
 * them) and begins with typed[0..length). NULL past the last. Static buffer. */
const char *phrases_next(const char *phrases, const char *before, size_t before_length, const char *typed, size_t length, unsigned index);

#endif
