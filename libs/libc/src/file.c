/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File descriptors: 0, 1, 2 are the terminal, others are read-only files of the boot archive.
 *
 * An open file is mapped whole; the pager brings its pages in as they are read. Descriptors made by dup share one open file. After fork,
 * parent and child each have their own offsets.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated/console_client.h"
#include "generated/pager_client.h"
#include "internal.h"

#define DESCRIPTORS 64
#define CONSOLE_CHUNK 900

enum kind { CLOSED = 0, TERMINAL, ARCHIVE_FILE };

struct open_file {
    enum kind kind;
    unsigned references;   /* descriptors that name it */
    uint64_t file;         /* pager's number */
    uint64_t size;         /* bytes */
    uint64_t offset;       /* of the next read */
    mode_t mode;
    const char *data;      /* mapping of the whole file; NULL while nothing was read */
};

static struct open_file terminal = {.kind = TERMINAL, .references = 3, .mode = S_IFCHR | 0620};
static struct open_file files[DESCRIPTORS];
static struct open_file *descriptors[DESCRIPTORS] = {&terminal, &terminal, &terminal};

static struct open_file *lookup(int fd)
{
    if (fd >= 0 && fd < DESCRIPTORS && descriptors[fd])
        return descriptors[fd];
    errno = EBADF;
    return NULL;
}

static int free_descriptor(int from)
{
    for (int fd = from; fd < DESCRIPTORS; fd++)
        if (!descriptors[fd])
            return fd;
    return set_errno(EMFILE);
}

static struct open_file *free_file(void)
{
    for (int i = 0; i < DESCRIPTORS; i++)
        if (files[i].kind == CLOSED)
            return &files[i];
    errno = ENFILE;
    return NULL;
}

/* look_up_path: the pager's answer for a path; errno as open() reports it. */
static int look_up_path(const char *path, struct open_file *out)
{
    if (!*path)
        return set_errno(ENOENT);
    struct pager_file_open_reply reply;
    int error = pager_file_open(LAYOUT_CAP_PAGER, path, &reply.file, &reply.size, &reply.mode);
    if (error == PAGODA_ERR_TOO_LONG)
        return set_errno(ENAMETOOLONG);
    if (error)
        return pagoda_set_errno(error);
    mode_t mode = (mode_t)reply.mode;
    *out = (struct open_file){.kind = ARCHIVE_FILE, .file = reply.file, .size = reply.size, .mode = mode & S_IFMT ? mode : mode | S_IFREG};
    return 0;
}

int open(const char *path, int flags, ...)
{
    struct open_file file;
    if (look_up_path(path, &file))
        return errno == ENOENT && (flags & O_CREAT) ? set_errno(EROFS) : -1;
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return set_errno(EEXIST);
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
        return set_errno(S_ISDIR(file.mode) ? EISDIR : EROFS);
    int fd = free_descriptor(0);
    struct open_file *entry = fd < 0 ? NULL : free_file();
    if (!entry)
        return -1;
    *entry = file;
    entry->references = 1;
    descriptors[fd] = entry;
    return fd;
}

static void release(struct open_file *file)
{
    if (--file->references || file->kind == TERMINAL)
        return;
    if (file->data)
        munmap((void *)(uintptr_t)file->data, file->size);
    file->kind = CLOSED;
}

int close(int fd)
{
    struct open_file *file = lookup(fd);
    if (!file)
        return -1;
    descriptors[fd] = NULL;
    release(file);
    return 0;
}

int dup2(int fd, int to)
{
    struct open_file *file = lookup(fd);
    if (!file)
        return -1;
    if (to < 0 || to >= DESCRIPTORS)
        return set_errno(EBADF);
    if (fd == to)
        return to;
    if (descriptors[to])
        close(to);
    descriptors[to] = file;
    file->references++;
    return to;
}

int dup(int fd)
{
    if (!lookup(fd))
        return -1;
    int to = free_descriptor(0);
    return to < 0 ? -1 : dup2(fd, to);
}

int file_number(int fd, uint64_t *number, uint64_t *size)
{
    const struct open_file *file = lookup(fd);
    if (!file)
        return -1;
    if (file->kind != ARCHIVE_FILE || !S_ISREG(file->mode))
        return set_errno(EACCES);
    *number = file->file;
    *size = file->size;
    return 0;
}

static ssize_t terminal_read(void *data, size_t size)
{
    struct console_read_reply reply;
    int error = console_read(LAYOUT_CAP_CONSOLE, size < CONSOLE_CHUNK ? size : CONSOLE_CHUNK, &reply);
    if (error)
        return pagoda_set_errno(error);
    memcpy(data, reply.data.data, reply.data.len);
    return (ssize_t)reply.data.len;
}

/* map_data: make the file's contents readable. */
static int map_data(struct open_file *file)
{
    if (file->data)
        return 0;
    uint64_t va;
    int error = pager_region_map_file(LAYOUT_CAP_PAGER, 0, 0, file->size, PAGER_PROT_READ, 0, file->file, 0, file->size, &va);
    if (error)
        return pagoda_set_errno(error);
    file->data = (const char *)va;
    return 0;
}

ssize_t read(int fd, void *data, size_t size)
{
    struct open_file *file = lookup(fd);
    if (!file)
        return -1;
    if (S_ISDIR(file->mode))
        return set_errno(EISDIR);
    if (size == 0)
        return 0;
    if (file->kind == TERMINAL)
        return terminal_read(data, size);
    if (file->offset >= file->size)
        return 0;
    if (map_data(file))
        return -1;
    if (size > file->size - file->offset)
        size = file->size - file->offset;
    memcpy(data, file->data + file->offset, size);
    file->offset += size;
    return (ssize_t)size;
}

ssize_t write(int fd, const void *data, size_t size)
{
    const struct open_file *file = lookup(fd);
    if (!file)
        return -1;
    if (file->kind != TERMINAL)
        return set_errno(EBADF); /* open for reading only */
    size_t done = 0;
    while (done < size) {
        size_t chunk = size - done < CONSOLE_CHUNK ? size - done : CONSOLE_CHUNK;
        uint64_t written;
        int error = console_write(LAYOUT_CAP_CONSOLE, (const char *)data + done, chunk, &written);
        if (error)
            return done ? (ssize_t)done : pagoda_set_errno(error);
        done += written;
        if (written < chunk)
            break;
    }
    return (ssize_t)done;
}

off_t lseek(int fd, off_t offset, int whence)
{
    struct open_file *file = lookup(fd);
    if (!file)
        return -1;
    if (file->kind == TERMINAL)
        return set_errno(ESPIPE);
    int64_t base;
    switch (whence) {
    case SEEK_SET: base = 0; break;
    case SEEK_CUR: base = (int64_t)file->offset; break;
    case SEEK_END: base = (int64_t)file->size; break;
    default: return set_errno(EINVAL);
    }
    int64_t place;
    if (__builtin_add_overflow(base, (int64_t)offset, &place) || place < 0)
        return set_errno(EINVAL);
    file->offset = (uint64_t)place;
    return place;
}

static void describe(const struct open_file *file, struct stat *out)
{
    *out = (struct stat){.st_mode = file->mode, .st_nlink = 1, .st_size = (off_t)file->size, .st_blksize = PAGE_SIZE,
                         .st_blocks = (blkcnt_t)((file->size + 511) / 512), .st_ino = (ino_t)(file->file + 1)};
}

int fstat(int fd, struct stat *out)
{
    const struct open_file *file = lookup(fd);
    if (!file)
        return -1;
    describe(file, out);
    return 0;
}

int stat(const char *path, struct stat *out)
{
    struct open_file file;
    if (look_up_path(path, &file))
        return -1;
    describe(&file, out);
    return 0;
}

int access(const char *path, int mode)
{
    struct open_file file;
    if (look_up_path(path, &file))
        return -1;
    if (mode & W_OK)
        return set_errno(EROFS);
    return (mode & X_OK) && !(file.mode & 0111) ? set_errno(EACCES) : 0;
}

int isatty(int fd)
{
    const struct open_file *file = lookup(fd);
    if (!file)
        return 0;
    if (file->kind == TERMINAL)
        return 1;
    errno = ENOTTY;
    return 0;
}

int unlink(const char *path)
{
    struct open_file file;
    return look_up_path(path, &file) ? -1 : set_errno(EROFS);
}
