/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about regions and files. */
#include "file.h"
#include "range.h"
#include "reclaim.h"
#include "requests.h"
#include "space.h"
#include "state.h"

#include <generated/pager_server.h>
#include <pagoda/layout.h>
#include <string.h>

/* round_pages: bytes up to whole pages; false when that is more than any space has. */
static bool round_pages(uint64_t length, uint64_t *out)
{
    if (length > LAYOUT_USER_TOP) {
        return false;
    }
    *out = (length + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    return true;
}

/* page_range: [va, va + length) rounded up to pages, inside the user addresses. */
static uint64_t page_range(uint64_t va, uint64_t length, uint64_t *end)
{
    uint64_t rounded;

    if (va % PAGE_SIZE || !round_pages(length, &rounded) || va > LAYOUT_USER_TOP - rounded) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    *end = va + rounded;
    return 0;
}

/* readable: the hardware cannot write or execute what it may not read. */
static uint32_t readable(uint64_t prot)
{
    return (uint32_t)prot | (prot ? PAGER_PROT_READ : 0);
}

static uint64_t map(const struct server_call *call, uint64_t space, struct region_plan *plan, uint64_t *va)
{
    struct space *s;
    uint64_t error = request_target(call, space, false, &s);

    if (error) {
        return error;
    }
    if (s->ended) {
        return PAGODA_ERR_NO_MEMORY;
    }
    if (plan->va % PAGE_SIZE || (plan->flags & PAGER_MAP_REPLACE && !(plan->flags & PAGER_MAP_FIXED))) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    if (!round_pages(plan->length, &plan->length)) {
        return PAGODA_ERR_NO_ADDRESS_RANGE;
    }
    return range_map(s, plan, va);
}

uint64_t pager_on_region_map(struct server_call *call, const struct pager_region_map_args *args, struct pager_region_map_reply *reply)
{
    struct region_plan plan = {
        .va = args->va,
        .length = args->length,
        .prot = readable(args->prot),
        .flags = (uint32_t)args->flags,
        .kind = args->flags & PAGER_MAP_SHARED ? PAGER_REGION_SHARED : PAGER_REGION_ANONYMOUS,
    };
    return map(call, args->space, &plan, &reply->va);
}

uint64_t pager_on_region_map_file(struct server_call *call, const struct pager_region_map_file_args *args,
                                  struct pager_region_map_file_reply *reply)
{
    const struct file *file = file_at(args->file);

    if (!file) {
        return PAGODA_ERR_NO_SUCH_FILE;
    }
    if (args->offset % PAGE_SIZE || args->offset > file->size || args->file_length > file->size - args->offset ||
        (args->flags & PAGER_MAP_SHARED && args->prot & PAGER_PROT_WRITE)) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    struct region_plan plan = {
        .va = args->va,
        .length = args->length,
        .prot = readable(args->prot),
        .flags = (uint32_t)args->flags,
        .kind = PAGER_REGION_FILE,
        .file_number = args->file,
        .file_offset = file->offset + args->offset,
        .file_length = args->file_length,
    };
    return map(call, args->space, &plan, &reply->va);
}

uint64_t pager_on_region_map_stack(struct server_call *call, const struct pager_region_map_stack_args *args,
                                   struct pager_region_map_stack_reply *reply)
{
    uint64_t va;
    uint64_t limit = args->limit ? args->limit : pager.stack_limit;

    if (args->top % PAGE_SIZE || args->reserve % PAGE_SIZE || args->reserve < 2 * PAGE_SIZE || args->reserve >= args->top) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    limit = limit > args->reserve - PAGE_SIZE ? args->reserve - PAGE_SIZE : limit < PAGE_SIZE ? PAGE_SIZE : limit & ~(uint64_t)(PAGE_SIZE - 1);
    struct region_plan plan = {
        .va = args->top - args->reserve,
        .length = args->reserve,
        .prot = PAGER_PROT_READ | PAGER_PROT_WRITE,
        .flags = PAGER_MAP_FIXED,
        .kind = PAGER_REGION_STACK,
        .stack_limit = limit,
    };
    reply->limit = limit;
    return map(call, args->space, &plan, &va);
}

uint64_t pager_on_region_unmap(struct server_call *call, const struct pager_region_unmap_args *args, struct pager_region_unmap_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = request_target(call, args->space, false, &s);

    (void)reply;
    error = error ? error : page_range(args->va, args->length, &end);
    return error ? error : range_unmap(s, args->va, end);
}

uint64_t pager_on_region_protect(struct server_call *call, const struct pager_region_protect_args *args,
                                 struct pager_region_protect_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = request_target(call, args->space, false, &s);

    error = error ? error : page_range(args->va, args->length, &end);
    error = error ? error : range_protect(s, args->va, end, readable(args->prot));
    if (error) {
        return error;
    }
    reply->next = range_piece(s, args->va, end);
    return 0;
}

uint64_t pager_on_region_narrow(struct server_call *call, const struct pager_region_narrow_args *args, struct pager_region_narrow_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = request_target(call, args->space, false, &s);

    error = error ? error : page_range(args->va, args->length, &end);
    if (error) {
        return error;
    }
    reply->next = range_piece(s, args->va, end);
    range_narrow(s, args->va, reply->next);
    return 0;
}

uint64_t pager_on_region_advise(struct server_call *call, const struct pager_region_advise_args *args, struct pager_region_advise_reply *reply)
{
    struct space *s;
    uint64_t end = 0, gone;
    uint64_t error = request_target(call, args->space, false, &s);

    error = error ? error : page_range(args->va, args->length, &end);
    if (error) {
        return error;
    }
    reply->next = end;
    switch (args->advice) {
    case PAGER_ADVICE_DONTNEED:
        return range_forget(s, args->va, end);
    case PAGER_ADVICE_COLD:
        reply->next = reclaim_cold(s, args->va >> PAGE_BITS, end >> PAGE_BITS, &gone) << PAGE_BITS;
        return 0;
    case PAGER_ADVICE_WILLNEED:
        return range_bring(s, args->va, end, &reply->next);
    default:
        return range_advise(s, args->va, end, (enum predict_advice)args->advice);
    }
}

uint64_t pager_on_region_willneed(struct server_call *call, const struct pager_region_willneed_args *args, struct pager_region_willneed_reply *reply)
{
    struct space *s;
    uint64_t end = 0;
    uint64_t error = request_target(call, args->space, false, &s);

    error = error ? error : page_range(args->va, args->length, &end);
    return error ? error : range_bring(s, args->va, end, &reply->next);
}

uint64_t pager_on_file_open(struct server_call *call, const struct pager_file_open_args *args, struct pager_file_open_reply *reply)
{
    const struct file *file = file_at(reply->file = file_find(args->path));

    (void)call;
    if (!file) {
        return PAGODA_ERR_NO_SUCH_FILE;
    }
    reply->size = file->size;
    reply->mode = file->mode;
    return 0;
}

uint64_t pager_on_file_list(struct server_call *call, const struct pager_file_list_args *args, struct pager_file_list_reply *reply)
{
    const struct file *file = file_at(args->index);

    (void)call;
    if (!file) {
        return PAGODA_ERR_END;
    }
    reply->file = args->index;
    reply->size = file->size;
    reply->mode = file->mode;
    memcpy(reply->path, file->path, strnlen(file->path, sizeof reply->path - 1));
    return 0;
}
