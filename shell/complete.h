/* SPDX-License-Identifier: BSD-2-Clause */
/* What Tab can complete: names of commands and programs where a command stands, files of the archive elsewhere. */
#ifndef SHELL_COMPLETE_H
#define SHELL_COMPLETE_H

#include "edit.h"

/* complete_candidate: an edit_candidate, see edit.h. Asks the pager for the names of files. */
const char *complete_candidate(const char *line, size_t word, size_t cursor, unsigned index);

#endif
