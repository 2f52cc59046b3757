/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 of files, one line each as coreutils prints it: digest, two blanks, name. */
#include "program.h"
#include "sha256.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool digest_of(int fd, uint8_t digest[SHA256_BYTES])
{
    static uint8_t buffer[16384];
    struct sha256 s;
    ssize_t n;
    sha256_start(&s);
    while ((n = read(fd, buffer, sizeof(buffer))) > 0)
        sha256_add(&s, buffer, (size_t)n);
    sha256_finish(&s, digest);
    return n == 0;
}

static int print_digest(const char *path)
{
    uint8_t digest[SHA256_BYTES];
    int fd = path == NULL ? STDIN_FILENO : open(path, O_RDONLY);
    if (fd < 0)
        return program_error("sha256sum", path);
    bool complete = digest_of(fd, digest);
    if (!complete)
        return program_error("sha256sum", path == NULL ? "-" : path);
    for (unsigned i = 0; i < SHA256_BYTES; i++)
        printf("%02x", digest[i]);
    printf("  %s\n", path == NULL ? "-" : path);
    if (path != NULL)
        close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc == 1)
        return print_digest(NULL);
    for (int i = 1; i < argc; i++)
        if (print_digest(argv[i]) != 0)
            status = 1;
    return status;
}
