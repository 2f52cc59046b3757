/* SPDX-License-Identifier: BSD-2-Clause */
#include <drivers/mmio.h>
#include <drivers/virtio_mmio.h>
#include <stddef.h>
#include <string.h>

#define MAGIC 0x74726976u /* "virt" */
#define PAGE 4096
#define RESET_LOOKS 100000 /* a device that is reset by then never will be */

enum {
    REG_MAGIC = 0x000,
    REG_VERSION = 0x004,
    REG_DEVICE = 0x008,
    REG_DEVICE_FEATURES = 0x010,
    REG_DEVICE_FEATURES_SELECT = 0x014,
    REG_DRIVER_FEATURES = 0x020,
    REG_DRIVER_FEATURES_SELECT = 0x024,
    REG_GUEST_PAGE_SIZE = 0x028, /* legacy */
    REG_QUEUE_SELECT = 0x030,
    REG_QUEUE_SIZE_MAX = 0x034,
    REG_QUEUE_SIZE = 0x038,
    REG_QUEUE_ALIGN = 0x03c, /* legacy */
    REG_QUEUE_PAGE = 0x040,  /* legacy */
    REG_QUEUE_READY = 0x044,
    REG_QUEUE_NOTIFY = 0x050,
    REG_INTERRUPT_STATUS = 0x060,
    REG_INTERRUPT_ACKNOWLEDGE = 0x064,
    REG_STATUS = 0x070,
    REG_QUEUE_DESCRIPTORS = 0x080, /* each of the three: low half, high half */
    REG_QUEUE_AVAILABLE = 0x090,
    REG_QUEUE_USED = 0x0a0,
    REG_CONFIG_GENERATION = 0x0fc,
    REG_CONFIG = 0x100,
};

enum { STATUS_ACKNOWLEDGE = 1, STATUS_DRIVER = 2, STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8, STATUS_FAILED = 128 };
enum { DESCRIPTOR_NEXT = 1, DESCRIPTOR_DEVICE_WRITES = 2 };
#define FEATURE_VERSION_1 (1ull << 32)

struct descriptor {
    uint64_t pa;
    uint32_t bytes;
    uint16_t flags;
    uint16_t next;
};

struct available {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[];
};

struct used_entry {
    uint32_t id;
    uint32_t bytes;
};

struct used {
    uint16_t flags;
    uint16_t index;
    struct used_entry ring[];
};

/* The legacy layout, which the other transport can have too: table, available ring, and on a page of its own the used ring. */
_Static_assert(VIRTIO_QUEUE_MAX * sizeof(struct descriptor) + sizeof(struct available) + 2 * VIRTIO_QUEUE_MAX + 2 <= PAGE, "first page");
_Static_assert(PAGE + sizeof(struct used) + VIRTIO_QUEUE_MAX * sizeof(struct used_entry) + 2 <= VIRTIO_QUEUE_BYTES, "second page");

static uint32_t reg_read(const struct virtio *v, unsigned reg)
{
    return mmio_read32(v->base + reg);
}

static void reg_write(const struct virtio *v, unsigned reg, uint32_t value)
{
    mmio_write32(v->base + reg, value);
}

static struct descriptor *descriptors(const struct virtio *v)
{
    return (struct descriptor *)v->memory;
}

static struct available *available(const struct virtio *v)
{
    return (struct available *)(v->memory + v->size * sizeof(struct descriptor));
}

static struct used *used(const struct virtio *v)
{
    return (struct used *)(v->memory + PAGE);
}

uint32_t virtio_device(uintptr_t base)
{
    return mmio_read32(base + REG_MAGIC) == MAGIC ? mmio_read32(base + REG_DEVICE) : 0;
}

/* ---- starting ---- */

bool virtio_stop(struct virtio *v)
{
    reg_write(v, REG_STATUS, 0);
    for (unsigned looks = 0; looks < RESET_LOOKS; looks++) {
        if (reg_read(v, REG_STATUS) == 0) {
            return true;
        }
    }
    return false;
}

void virtio_fail(struct virtio *v)
{
    reg_write(v, REG_STATUS, reg_read(v, REG_STATUS) | STATUS_FAILED);
}

static void add_status(const struct virtio *v, uint32_t bits)
{
    reg_write(v, REG_STATUS, reg_read(v, REG_STATUS) | bits);
}

static uint64_t device_features(const struct virtio *v)
{
    reg_write(v, REG_DEVICE_FEATURES_SELECT, 0);
    uint64_t features = reg_read(v, REG_DEVICE_FEATURES);
    reg_write(v, REG_DEVICE_FEATURES_SELECT, 1);
    return features | (uint64_t)reg_read(v, REG_DEVICE_FEATURES) << 32;
}

static bool negotiate(struct virtio *v, uint64_t wanted)
{
    uint64_t offered = device_features(v);
    if (v->version == 1) {
        v->features = offered & wanted & UINT32_MAX;
        reg_write(v, REG_DRIVER_FEATURES_SELECT, 0);
        reg_write(v, REG_DRIVER_FEATURES, (uint32_t)v->features);
        return true;
    }
    v->features = offered & (wanted | FEATURE_VERSION_1);
    reg_write(v, REG_DRIVER_FEATURES_SELECT, 0);
    reg_write(v, REG_DRIVER_FEATURES, (uint32_t)v->features);
    reg_write(v, REG_DRIVER_FEATURES_SELECT, 1);
    reg_write(v, REG_DRIVER_FEATURES, (uint32_t)(v->features >> 32));
    add_status(v, STATUS_FEATURES_OK);
    return (v->features & FEATURE_VERSION_1) && (reg_read(v, REG_STATUS) & STATUS_FEATURES_OK);
}

static void write_address(const struct virtio *v, unsigned reg, uint64_t pa)
{
    reg_write(v, reg, (uint32_t)pa);
    reg_write(v, reg + 4, (uint32_t)(pa >> 32));
}

static uint16_t power_of_two_below(uint32_t n)
{
    return (uint16_t)(1u << (31 - __builtin_clz(n)));
}

static void empty_queue(struct virtio *v)
{
    memset(v->memory, 0, VIRTIO_QUEUE_BYTES);
    memset(v->length, 0, sizeof(v->length));
    v->submitted = v->taken = v->n_chains = 0;
    v->n_free = v->size;
    for (uint16_t i = 0; i < v->size; i++) {
        v->free[i] = i;
    }
}

static const char *set_up_queue(struct virtio *v)
{
    reg_write(v, REG_QUEUE_SELECT, 0);
    uint32_t most = reg_read(v, REG_QUEUE_SIZE_MAX);
    bool in_use = reg_read(v, v->version == 1 ? REG_QUEUE_PAGE : REG_QUEUE_READY) != 0;
    if (most < VIRTIO_QUEUE_MIN || in_use) {
        return in_use ? "its queue is in use after a reset" : "its queue is too small";
    }
    v->size = power_of_two_below(most < VIRTIO_QUEUE_MAX ? most : VIRTIO_QUEUE_MAX);
    empty_queue(v);
    reg_write(v, REG_QUEUE_SIZE, v->size);
    if (v->version == 1) {
        if (v->memory_pa / PAGE > UINT32_MAX) {
            return "its queue lies where a legacy device cannot reach it";
        }
        reg_write(v, REG_QUEUE_ALIGN, PAGE);
        reg_write(v, REG_QUEUE_PAGE, (uint32_t)(v->memory_pa / PAGE));
        return NULL;
    }
    write_address(v, REG_QUEUE_DESCRIPTORS, v->memory_pa);
    write_address(v, REG_QUEUE_AVAILABLE, v->memory_pa + v->size * sizeof(struct descriptor));
    write_address(v, REG_QUEUE_USED, v->memory_pa + PAGE);
    reg_write(v, REG_QUEUE_READY, 1);
    return NULL;
}

static const char *initialise(struct virtio *v, uint64_t wanted)
{
    add_status(v, STATUS_ACKNOWLEDGE);
    add_status(v, STATUS_DRIVER);
    if (!negotiate(v, wanted)) {
        return "it does not accept the features of a virtio 1 driver";
    }
    if (v->version == 1) {
        reg_write(v, REG_GUEST_PAGE_SIZE, PAGE);
    }
    const char *problem = set_up_queue(v);
    if (!problem) {
        add_status(v, STATUS_DRIVER_OK);
    }
    return problem;
}

const char *virtio_start(struct virtio *v, uintptr_t base, uint64_t wanted, void *memory, uint64_t memory_pa)
{
    *v = (struct virtio){.base = base, .memory = memory, .memory_pa = memory_pa};
    v->version = reg_read(v, REG_VERSION);
    if (v->version != 1 && v->version != 2) {
        return "it has an unknown version of the virtio transport";
    }
    if (!virtio_stop(v)) {
        return "it does not reset";
    }
    const char *problem = initialise(v, wanted);
    if (problem) {
        virtio_fail(v);
        virtio_stop(v);
    }
    return problem;
}

/* ---- configuration ---- */

uint32_t virtio_config32(const struct virtio *v, unsigned offset)
{
    return reg_read(v, REG_CONFIG + offset);
}

/* The legacy transport has no generation: there, two equal looks have to do. */
uint64_t virtio_config64(const struct virtio *v, unsigned offset)
{
    uint64_t value = 0;
    for (unsigned looks = 0; looks < 16; looks++) {
        uint32_t before = v->version == 1 ? 0 : reg_read(v, REG_CONFIG_GENERATION);
        uint64_t now = virtio_config32(v, offset) | (uint64_t)virtio_config32(v, offset + 4) << 32;
        bool same = v->version == 1 ? looks != 0 && now == value : reg_read(v, REG_CONFIG_GENERATION) == before;
        value = now;
        if (same) {
            break;
        }
    }
    return value;
}

/* ---- the queue ---- */

bool virtio_room(const struct virtio *v, unsigned n)
{
    return v->n_free >= n;
}

uint16_t virtio_put(struct virtio *v, const struct virtio_buffer *buffers, unsigned n)
{
    struct descriptor *table = descriptors(v);
    uint16_t head = v->free[v->n_free - 1];
    for (unsigned i = 0; i < n; i++) {
        uint16_t at = v->free[--v->n_free];
        bool last = i + 1 == n;
        v->next[at] = last ? 0 : v->free[v->n_free - 1];
        table[at] = (struct descriptor){.pa = buffers[i].pa, .bytes = buffers[i].bytes, .next = v->next[at],
            .flags = (uint16_t)((last ? 0 : DESCRIPTOR_NEXT) | (buffers[i].device_writes ? DESCRIPTOR_DEVICE_WRITES : 0))};
    }
    v->length[head] = (uint8_t)n;
    v->n_chains++;
    available(v)->ring[v->submitted & (v->size - 1)] = head;
    __atomic_store_n(&available(v)->index, ++v->submitted, __ATOMIC_RELEASE);
    reg_write(v, REG_QUEUE_NOTIFY, 0);
    return head;
}

void virtio_acknowledge(struct virtio *v)
{
    reg_write(v, REG_INTERRUPT_ACKNOWLEDGE, reg_read(v, REG_INTERRUPT_STATUS));
}

static void free_chain(struct virtio *v, uint16_t head)
{
    uint16_t at = head;
    for (unsigned left = v->length[head]; left > 0; left--) {
        v->free[v->n_free++] = at;
        at = v->next[at];
    }
    v->length[head] = 0;
    v->n_chains--;
}

enum virtio_taken virtio_take(struct virtio *v, uint16_t *chain, uint32_t *bytes)
{
    uint16_t waiting = (uint16_t)(__atomic_load_n(&used(v)->index, __ATOMIC_ACQUIRE) - v->taken);
    if (waiting == 0) {
        return VIRTIO_NOTHING;
    }
    const volatile struct used_entry *entry = &used(v)->ring[v->taken & (v->size - 1)];
    uint32_t id = entry->id;
    *bytes = entry->bytes;
    if (waiting > v->n_chains || id >= v->size || v->length[id] == 0) {
        return VIRTIO_BROKEN;
    }
    v->taken++;
    free_chain(v, (uint16_t)id);
    *chain = (uint16_t)id;
    return VIRTIO_TAKEN;
}
