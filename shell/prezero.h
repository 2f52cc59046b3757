/* SPDX-License-Identifier: BSD-2-Clause */
/* Free frames zeroed in idle time, as 'optimize' shows and steers them. Each says what there is, and returns a STATUS_*. */
#ifndef SHELL_PREZERO_H
#define SHELL_PREZERO_H

/* prezero_status: frames at hand, the target, and what came of it since boot. prezero_short: the first line of that. */
int prezero_status(void);
int prezero_short(void);

/* prezero_set: "on", "off", or the limit in hundredths of memory, as the user wrote it. */
int prezero_set(const char *value);

#endif
