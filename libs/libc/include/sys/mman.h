/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory mappings. Memory appears when it is first touched; until then it costs nothing. */
#ifndef _SYS_MMAN_H_
#define _SYS_MMAN_H_

#include <sys/types.h>

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4

#define MAP_SHARED 0x01    /* anonymous memory only: shared with children made by fork */
#define MAP_PRIVATE 0x02   /* copied on write */
#define MAP_FIXED 0x10     /* exactly there; what was there is unmapped */
#define MAP_ANONYMOUS 0x20 /* no file: zeros */
#define MAP_ANON MAP_ANONYMOUS
#define MAP_NORESERVE 0x4000 /* accepted: no mapping reserves memory */
#define MAP_FIXED_NOREPLACE 0x100000 /* exactly there; EEXIST if anything is mapped there */
#define MAP_FAILED ((void *)-1)

#define MADV_NORMAL 0
#define MADV_RANDOM 1     /* no pattern: nothing is brought in ahead */
#define MADV_SEQUENTIAL 2 /* from the first to the last: pages are brought in ahead from the first on */
#define MADV_WILLNEED 3   /* bring them in now, as far as memory is plenty */
#define MADV_DONTNEED 4 /* give the pages back now; the next touch sees zeros, or the file */
#define MADV_COLD 5     /* they will not be needed soon: they go to a store now, as they are */

/*
 * mmap: reserve addresses. `file` is an open file of the archive (private mappings only), ignored with MAP_ANONYMOUS. Errors: EINVAL
 * flags, length 0, misaligned offset or fixed address | EBADF | EACCES shared or not a regular file | EEXIST | ENOMEM no addresses, or
 * too many regions.
 */
void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset);
/* munmap: parts that are not mapped are ignored. Errors: EINVAL misaligned address, length 0. */
int munmap(void *address, size_t length);
/* mprotect: Errors: EINVAL | ENOMEM part of the range is not mapped. */
int mprotect(void *address, size_t length, int protection);
/* madvise: Errors: EINVAL | ENOMEM part of the range is not mapped. */
int madvise(void *address, size_t length, int advice);

#endif
