/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats_json.h"

#include "json.h"
#include "kinfo.h"
#include "snapshot.h"

#include "pagoda/layout.h"

#define FORMAT_VERSION 1

static void add_memory(struct json *j, const struct pager_memory_info_reply *m)
{
    json_object(j, "memory");
    json_number(j, "page_bytes", PAGE_SIZE);
    json_number(j, "total_pages", m->total);
    json_number(j, "free_pages", m->free);
    json_number(j, "anonymous_pages", m->anonymous);
    json_number(j, "file_pages", m->file);
    json_number(j, "store_pages", m->store);
    json_number(j, "table_pages", m->tables);
    json_number(j, "object_pages", m->objects);
    json_number(j, "pager_pages", m->pager);
    json_number(j, "archive_pages", m->archive);
    json_number(j, "init_pages", m->init);
    json_number(j, "kernel_pages", m->kernel);
    json_number(j, "free_chunks", m->chunks_free);
    json_number(j, "largest_free_pages", m->largest_free);
    json_end(j);
}

static void add_pressure(struct json *j, const struct pager_pressure_info_reply *p)
{
    json_object(j, "pressure");
    json_number(j, "level", p->level);
    json_string(j, "level_name", pressure_level_name(p->level));
    json_array(j, "levels");
    for (unsigned i = 0; i < PRESSURE_LEVEL_NAMES; i++) {
        json_object(j, NULL);
        json_string(j, "name", pressure_level_name(i));
        if (i > 0) {
            json_number(j, "enter_below_pages", p->enter[i - 1]);
            json_number(j, "leave_above_pages", p->leave[i - 1]);
        }
        json_number(j, "times_entered", p->entered[i]);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static void add_fault_kinds(struct json *j, const char *key, const uint64_t counts[PAGER_FAULT_KINDS])
{
    json_object(j, key);
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++)
        json_number(j, fault_kind_key(kind), counts[kind]);
    json_end(j);
}

static void add_faults(struct json *j, const struct pager_fault_counts_reply *f)
{
    json_object(j, "faults");
    add_fault_kinds(j, "kinds", f->counts);
    json_number(j, "service_ns", f->total_ns);
    json_array(j, "service_histogram");
    for (unsigned i = 0; i < PAGER_HISTOGRAM_BUCKETS; i++)
        json_number(j, NULL, f->histogram[i]);
    json_end(j);
    json_end(j);
}

static void add_stored(struct json *j, const char *key, const uint64_t *counts)
{
    json_object(j, key);
    json_number(j, "same", counts[STORED_SAME]);
    json_number(j, "compressed", counts[STORED_COMPRESSED]);
    json_number(j, "disk", counts[STORED_DISK]);
    json_number(j, "raw", counts[STORED_RAW]);
    json_end(j);
}

static void add_eviction(struct json *j, const struct pager_store_info_reply *e)
{
    json_object(j, "eviction");
    json_string(j, "policy", evict_policy_name(e->policy));
    json_number(j, "scanned", e->scanned);
    json_number(j, "evicted", e->evicted);
    json_number(j, "clean", e->clean);
    json_number(j, "zero", e->zero);
    json_number(j, "dropped", e->dropped);
    json_number(j, "kept", e->kept);
    json_number(j, "direct", e->direct);
    json_number(j, "refused", e->refused);
    json_number(j, "damaged", e->damaged);
    json_number(j, "waiting", e->waiting);
    json_number(j, "stall_ns", e->stall_some);
    json_number(j, "stored_pages", e->pages);
    json_number(j, "store_pages", e->frames);
    json_number(j, "compressed_pages", e->compressed);
    json_number(j, "compressed_bytes", e->compressed_bytes);
    json_number(j, "compressed_store_pages", e->compressed_frames);
    json_number(j, "compressed_store_limit_pages", e->limit);
    add_stored(j, "put", e->put);
    add_stored(j, "got", e->got);
    json_end(j);
}

static void add_process(struct json *j, const struct snapshot *s, const struct process_list_reply *p)
{
    const struct pager_space_list_reply *space = snapshot_space(s, p);
    json_object(j, NULL);
    json_number(j, "pid", p->pid);
    if (p->parent != 0)
        json_number(j, "parent", p->parent);
    else
        json_null(j, "parent");
    json_string(j, "name", p->name);
    json_string(j, "state", process_state_name(p));
    json_number(j, "cpu_us", p->cpu_us);
    if (space != NULL)
        json_number(j, "space", space->space);
    else
        json_null(j, "space");
    json_end(j);
}

static void add_space(struct json *j, const struct pager_space_list_reply *space, const struct pager_space_memory_reply *m)
{
    json_object(j, NULL);
    json_number(j, "space", space->space);
    json_string(j, "label", space->label);
    json_number(j, "regions", space->regions);
    json_number(j, "reserved_pages", space->reserved);
    json_number(j, "resident_pages", census_resident(space));
    json_number(j, "private_pages", space->private_pages);
    json_number(j, "shared_pages", space->shared);
    json_number(j, "file_pages", space->file);
    json_number(j, "zero_pages", space->zero);
    json_number(j, "table_pages", space->tables);
    json_number(j, "stored_pages", m->stored);
    json_number(j, "disk_pages", m->on_disk);
    json_number(j, "refaults", m->refaults);
    json_number(j, "evictions", m->evictions);
    json_number(j, "stall_ns", m->stall);
    json_number(j, "min_pages", m->min_pages);
    json_number(j, "weight", m->weight);
    if (space->max_pages != 0)
        json_number(j, "max_pages", space->max_pages);
    else
        json_null(j, "max_pages");
    add_fault_kinds(j, "faults", space->faults);
    json_end(j);
}

static void add_lists(struct json *j, const struct snapshot *s)
{
    json_array(j, "processes");
    for (unsigned i = 0; i < s->n_processes; i++)
        add_process(j, s, &s->processes[i]);
    json_end(j);
    json_array(j, "spaces");
    for (unsigned i = 0; i < s->n_spaces; i++)
        add_space(j, &s->spaces[i], &s->stored[i]);
    json_end(j);
}

static void add_kernel(struct json *j, const volatile struct kernel_info *k)
{
    if (k == NULL) {
        json_null(j, "kernel");
        return;
    }
    json_object(j, "kernel");
    json_number(j, "switches_same_space", k->switches_same_space);
    json_number(j, "switches_other_space", k->switches_other_space);
    json_number(j, "idle_entries", k->idle_entries);
    json_number(j, "fpu_switches", k->fpu_switches);
    json_number(j, "asid_bits", k->hw_asid_bits);
    json_number(j, "asids_usable", k->hw_asids_usable);
    json_number(j, "asids_in_use", k->hw_asid_in_use);
    json_number(j, "asids_assigned", k->hw_asid_assigned);
    json_number(j, "asid_rollovers", k->hw_asid_rollovers);
    json_number(j, "address_spaces", k->vspaces);
    json_number(j, "tlbi_page", k->tlbi_page);
    json_number(j, "tlbi_asid", k->tlbi_asid);
    json_number(j, "tlbi_all", k->tlbi_all);
    json_number(j, "tlbi_skipped", k->tlbi_skipped);
    json_number(j, "syscalls", k->syscalls);
    json_number(j, "page_faults", k->faults_vm);
    json_number(j, "page_faults_noted", k->faults_noted);
    json_number(j, "other_faults", k->faults_other);
    json_number(j, "timer_interrupts", k->timer_interrupts);
    json_number(j, "device_interrupts", k->interrupts);
    json_number(j, "ipc_fast", k->ipc_fast);
    json_number(j, "ipc_slow", k->ipc_slow);
    json_number(j, "preemptions", k->preemptions);
    json_number(j, "page_colours", k->page_colours);
    json_end(j);
}

struct settings {
    uint64_t zero_sharing, stack_step_max, stack_limit, evict;
};

static int read_settings(struct settings *s)
{
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_ZERO_SHARING, &s->zero_sharing);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_STACK_STEP_MAX, &s->stack_step_max);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_EVICT, &s->evict);
    return error == PAGODA_OK ? pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_STACK_LIMIT, &s->stack_limit) : error;
}

static void add_settings(struct json *j, const struct settings *s)
{
    json_object(j, "settings");
    json_number(j, "zero_sharing", s->zero_sharing);
    json_number(j, "stack_step_max_pages", s->stack_step_max);
    json_number(j, "stack_limit_bytes", s->stack_limit);
    json_number(j, "evict", s->evict);
    json_end(j);
}

int stats_json(const struct shell *shell)
{
    static struct snapshot snapshot;
    struct pager_store_info_reply eviction;
    struct settings settings;
    struct json json;
    int error = snapshot_take(&snapshot);
    if (error == PAGODA_OK)
        error = read_settings(&settings);
    if (error == PAGODA_OK)
        error = pager_store_info(LAYOUT_CAP_PAGER, &eviction);
    if (error != PAGODA_OK)
        return shell_complain("stats", "%s", pagoda_error_text((uint64_t)error));
    json_begin(&json, stdout);
    json_number(&json, "format", FORMAT_VERSION);
    json_number(&json, "time_ns", snapshot.now_ns);
    add_memory(&json, &snapshot.memory);
    add_pressure(&json, &snapshot.pressure);
    add_faults(&json, &snapshot.faults);
    add_eviction(&json, &eviction);
    add_settings(&json, &settings);
    add_kernel(&json, kinfo(shell));
    add_lists(&json, &snapshot);
    json_finish(&json);
    return STATUS_OK;
}
