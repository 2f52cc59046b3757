/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool write_all(const char *data, ssize_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, data, (size_t)n);
        if (written <= 0)
            return false;
        data += written;
        n -= written;
    }
    return true;
}

static int show(const char *name, const char *path)
{
    static char buffer[4096];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return shell_complain(name, "%s: %s", path, strerror(errno));
    while ((n = read(fd, buffer, sizeof(buffer))) > 0)
        if (!write_all(buffer, n))
            break;
    int status = n == 0 ? STATUS_OK : shell_complain(name, "%s: %s", path, strerror(errno));
    close(fd);
    return status;
}

static int run(struct shell *shell, int argc, char **argv)
{
    int status = STATUS_OK;
    (void)shell;
    for (int i = 1; i < argc; i++)
        if (show(argv[0], argv[i]) != STATUS_OK)
            status = STATUS_FAILED;
    return status;
}

const struct command command_cat = {
    .name = "cat",
    .usage = "FILE...",
    .summary = "print files of the boot archive",
    .help = "'ls' lists them.\n",
    .group = GROUP_FILES,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
