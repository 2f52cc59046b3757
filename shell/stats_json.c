/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats_json.h"

#include "json.h"
#include "kinfo.h"
#include "snapshot.h"

#include "pagoda/layout.h"

#define FORMAT_VERSION 2

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

/* add_known: a number, or null where there is none. */
static void add_known(struct json *j, const char *key, bool known, uint64_t value)
{
    if (known)
        json_number(j, key, value);
    else
        json_null(j, key);
}

/* add_named: an object with a number for each of n names. */
static void add_named(struct json *j, const char *key, const char *const *names, const uint64_t *values, unsigned n)
{
    json_object(j, key);
    for (unsigned i = 0; i < n; i++)
        json_number(j, names[i], values[i]);
    json_end(j);
}

static void add_counts(struct json *j, const char *key, const uint64_t *counts, unsigned n)
{
    json_array(j, key);
    for (unsigned i = 0; i < n; i++)
        json_number(j, NULL, counts[i]);
    json_end(j);
}

/* Shares of time in parts of PAGER_STALL_ALL: over the last 10, 60 and 300 s. */
static void add_shares(struct json *j, const char *key, const uint64_t shares[])
{
    add_counts(j, key, shares, STALL_300S + 1);
}

static void add_signals(struct json *j, const struct pager_pressure_info_reply *p)
{
    json_string(j, "reason", pressure_reason_name(p->reason));
    json_object(j, "signals");
    for (unsigned i = 0; i < PAGER_PRESSURE_REASONS; i++)
        json_number(j, pressure_reason_key(i), p->levels[i]);
    json_end(j);
    json_number(j, "stall_all", PAGER_STALL_ALL);
    add_shares(j, "stall_some", p->stall_some);
    add_shares(j, "stall_full", p->stall_full);
    json_number(j, "refaults_per_s", p->refault_rate);
    json_number(j, "consumed_pages_per_s", p->consumption_rate);
    add_known(j, "time_left_ns", p->time_left != UINT64_MAX, p->time_left);
    json_number(j, "scattered_pages", p->scattered);
}

static void add_pressure(struct json *j, const struct pager_pressure_info_reply *p)
{
    json_object(j, "pressure");
    json_number(j, "level", p->level);
    json_string(j, "level_name", pressure_level_name(p->level));
    add_signals(j, p);
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
    add_counts(j, "service_histogram", f->histogram, PAGER_HISTOGRAM_BUCKETS);
    json_end(j);
}

static void add_stored(struct json *j, const char *key, const uint64_t *counts)
{
    static const char *const kinds[] = {"same", "compressed", "disk", "raw"}; /* from STORED_SAME on */
    add_named(j, key, kinds, &counts[STORED_SAME], sizeof(kinds) / sizeof(kinds[0]));
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
    json_number(j, "tables_given_back", e->tables);
    json_number(j, "unmapped", e->unmapped);
    json_number(j, "direct", e->direct);
    json_number(j, "made", e->made);
    json_number(j, "waiting", e->waiting);
    json_number(j, "requests_waiting", e->requests_waiting);
    json_number(j, "requests_waited", e->requests_waited);
    json_number(j, "requests_in_vain", e->requests_in_vain);
    json_number(j, "stall_ns", e->stall_some);
    json_end(j);
}

static void add_store(struct json *j, const struct pager_store_info_reply *e)
{
    json_object(j, "store");
    json_number(j, "pages", e->pages);
    json_number(j, "frames", e->frames);
    json_number(j, "compressed_pages", e->compressed);
    json_number(j, "compressed_bytes", e->compressed_bytes);
    json_number(j, "compressed_frames", e->compressed_frames);
    json_number(j, "compressed_frames_limit", e->limit);
    json_number(j, "wasted_bytes", e->wasted);
    add_stored(j, "put", e->put);
    add_stored(j, "got", e->got);
    json_number(j, "refused", e->refused);
    json_number(j, "damaged", e->damaged);
    json_end(j);
}

static void add_swap(struct json *j, const struct pager_swap_info_reply *i)
{
    json_object(j, "swap");
    json_string(j, "state", swap_state_name(i->state));
    json_number(j, "volume", i->volume);
    json_number(j, "slots", i->slots);
    json_number(j, "slots_used", i->used);
    json_number(j, "slots_bad", i->bad);
    json_number(j, "requests_in_flight", i->in_flight);
    json_number(j, "io_pages", i->io_pages);
    json_number(j, "io_pages_free", i->io_pages_free);
    json_number(j, "pages_written", i->written);
    json_number(j, "pages_read", i->read);
    json_number(j, "pages_served_in_flight", i->served_in_flight);
    json_number(j, "write_errors", i->write_errors);
    json_number(j, "read_errors", i->read_errors);
    json_number(j, "requests_repeated", i->repeated);
    json_end(j);
}

static void add_commit(struct json *j, const struct pager_commit_info_reply *c)
{
    json_object(j, "commit");
    json_number(j, "strict", c->strict);
    json_number(j, "ram_pages", c->ram);
    json_number(j, "swap_pages", c->swap);
    json_number(j, "limit_pages", c->limit);
    json_number(j, "promised_pages", c->promised);
    json_number(j, "refused", c->refused);
    json_end(j);
}

static void add_moved(struct json *j, const uint64_t moved[4])
{
    static const char *const kinds[] = {"private", "cow", "shared", "store"};
    add_named(j, "moved_pages", kinds, moved, sizeof(kinds) / sizeof(kinds[0]));
}

static void add_prezero(struct json *j, const struct pager_prezero_info_reply *z)
{
    json_object(j, "prezero");
    json_number(j, "clean_pages", z->clean);
    json_number(j, "target_pages", z->target);
    json_number(j, "limit_pages", z->limit);
    json_number(j, "taken_pages_per_s", z->rate);
    json_number(j, "account_pages", z->account);
    json_number(j, "hits", z->hits);
    json_number(j, "missed", z->missed);
    json_number(j, "wasted", z->wasted);
    json_number(j, "steps", z->steps);
    json_number(j, "zeroed_pages", z->zeroed);
    json_number(j, "made_pages", z->armed);
    json_end(j);
}

static void add_arrangement(struct json *j, const struct pager_arrangement_info_reply *a)
{
    json_object(j, "arrangement");
    /* By size: 1, 2, 4 ... pages. */
    add_counts(j, "free_blocks", a->blocks, sizeof(a->blocks) / sizeof(a->blocks[0]));
    add_counts(j, "scattered_index", a->index, sizeof(a->index) / sizeof(a->index[0]));
    json_number(j, "chunks", a->chunks);
    json_number(j, "chunks_free", a->free);
    json_number(j, "chunks_fixed", a->fixed);
    json_number(j, "chunks_could_free", a->could_free);
    json_number(j, "fixed_pages", a->fixed_pages);
    add_moved(j, a->moved);
    json_number(j, "moved_in_place_pages", a->in_place);
    json_number(j, "stayed_pages", a->stayed);
    json_number(j, "groups_emptied", a->groups_emptied);
    json_number(j, "chunks_emptied", a->chunks_emptied);
    json_number(j, "passes", a->passes);
    json_end(j);
}

static void add_broken(struct json *j, const uint64_t *broken)
{
    static const char *const reasons[] = {"touched", "unmapped", "protected", "fork", "eviction", "given_back", "ended"};
    add_named(j, "broken", reasons, broken, sizeof(reasons) / sizeof(reasons[0]));
}

static void add_promotion(struct json *j, const struct pager_promotion_info_reply *p)
{
    json_object(j, "promotion");
    json_number(j, "promoted", p->promoted);
    json_number(j, "whole", p->whole);
    add_broken(j, p->broken);
    json_number(j, "abandoned", p->abandoned);
    json_number(j, "copied_pages", p->copied);
    json_number(j, "copied_again_pages", p->again);
    json_number(j, "ns", p->ns);
    json_number(j, "paid", p->paid);
    json_number(j, "lost", p->lost);
    json_number(j, "pauses", p->pauses);
    json_number(j, "pause_s", p->pause);
    json_number(j, "watched", p->watched);
    json_number(j, "resting", p->resting);
    json_end(j);
}

static void add_large(struct json *j, const struct pager_large_info_reply *l)
{
    json_object(j, "large");
    json_number(j, "now", l->now);
    json_number(j, "given", l->given);
    json_number(j, "promoted", l->promoted);
    json_number(j, "allowed", l->allowed);
    json_number(j, "chunks_emptied", l->moved_for);
    add_broken(j, l->broken);
    json_end(j);
}

static void add_parties(struct json *j, const struct pager_parties_reply *p)
{
    static const char *const names[] = {"pages", "compressed", "files", "zeroed", "tables", "objects"};
    json_object(j, "parties");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_object(j, names[i]);
        json_number(j, "takes_pages", p->takes[i]);
        json_number(j, "low_pages", p->low[i]);
        json_number(j, "high_pages", p->high[i]);
        json_number(j, "frame_saves_ns", p->saves_ns[i]);
        json_number(j, "moved", p->moved[i] <= PAGER_PARTY_GIVES_ROOM);
        json_end(j);
    }
    json_end(j);
}

static void add_balance(struct json *j, const struct pager_balance_reply *b)
{
    json_object(j, "balance");
    json_number(j, "useful", b->useful);
    json_number(j, "used_pages", b->used);
    json_number(j, "limit_pages", b->limit);
    json_number(j, "low_pages", b->low);
    json_number(j, "high_pages", b->high);
    json_number(j, "steps_up", b->grown);
    json_number(j, "steps_down", b->shrunk);
    json_number(j, "more_would_save_ns", b->more_ns);
    json_number(j, "less_would_save_ns", b->less_ns);
    json_number(j, "told_pages", b->evidence);
    json_number(j, "read_ns", b->read_ns);
    json_number(j, "expand_ns", b->expand_ns);
    json_number(j, "compress_ns", b->compress_ns);
    json_end(j);
}

/* Since boot, as the list of any space tells; zero when no space has a region. */
static void add_prediction(struct json *j, const struct snapshot *s)
{
    struct pager_predict_list_reply p = {0};
    for (unsigned i = 0; i < s->n_spaces && p.brought == 0; i++)
        if (pager_predict_list(LAYOUT_CAP_PAGER, s->spaces[i].space, 0, &p) != PAGODA_OK)
            p = (struct pager_predict_list_reply){0};
    json_object(j, "prediction");
    json_number(j, "brought_pages", p.brought);
    json_number(j, "used_pages", p.proved);
    json_end(j);
}

static void add_process(struct json *j, const struct snapshot *s, const struct process_list_reply *p)
{
    const struct pager_space_list_reply *space = snapshot_space(s, p);
    json_object(j, NULL);
    json_number(j, "pid", p->pid);
    add_known(j, "parent", p->parent != 0, p->parent);
    json_string(j, "name", p->name);
    json_string(j, "state", process_state_name(p, snapshot_stored(s, p)));
    json_number(j, "cpu_us", p->cpu_us);
    add_known(j, "space", space != NULL, space != NULL ? space->space : 0);
    json_end(j);
}

static void add_space(struct json *j, const struct pager_space_list_reply *space, const struct pager_space_memory_reply *m, uint64_t on_disk)
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
    json_number(j, "disk_pages", on_disk);
    json_number(j, "refaults", m->refaults);
    json_number(j, "evictions", m->evictions);
    json_number(j, "stall_ns", m->stall);
    json_number(j, "waiting", m->waiting);
    add_shares(j, "stall_some", m->stall_some);
    add_shares(j, "stall_full", m->stall_full);
    json_number(j, "held_pages", m->held);
    json_number(j, "min_pages", m->min_pages);
    json_number(j, "weight", m->weight);
    json_number(j, "working_set_pages", m->working_set);
    json_number(j, "working_set_is_bound", m->bound);
    json_number(j, "thrashes", m->thrashes);
    json_number(j, "storms", m->storms);
    json_number(j, "pager_share_thousandths", m->worked * 1000 / PAGER_STALL_ALL);
    json_number(j, "slowed", m->slowed);
    json_number(j, "slowed_ns", m->slowed_ns);
    add_known(j, "max_pages", space->max_pages != 0, space->max_pages);
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
        add_space(j, &s->spaces[i], &s->stored[i], s->on_disk[i]);
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
    json_number(j, "groups_mapped", k->groups_mapped);
    json_number(j, "groups_broken", k->groups_broken);
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

static const struct {
    uint64_t setting;
    const char *key;
} settings[] = {
    {PAGER_SETTING_ZERO_SHARING, "zero_sharing"},
    {PAGER_SETTING_STACK_STEP_MAX, "stack_step_max_pages"},
    {PAGER_SETTING_STACK_LIMIT, "stack_limit_bytes"},
    {PAGER_SETTING_STACK_TRIM, "stack_trim"},
    {PAGER_SETTING_EVICT, "evict"},
    {PAGER_SETTING_COLOURING, "colouring"},
    {PAGER_SETTING_COMPACT, "compact"},
    {PAGER_SETTING_PREDICT, "predict"},
    {PAGER_SETTING_BALANCE, "balance"},
    {PAGER_SETTING_LARGE, "large"},
    {PAGER_SETTING_HINT, "hint"},
    {PAGER_SETTING_PREZERO, "prezero"},
    {PAGER_SETTING_PREZERO_LIMIT, "prezero_limit_percent"},
    {PAGER_SETTING_LOAD_CONTROL, "load_control"},
    {PAGER_SETTING_CHECK, "check"},
    {PAGER_SETTING_FAIL_ALLOC, "fail_alloc"},
};

_Static_assert(sizeof(settings) / sizeof(settings[0]) == PAGER_SETTING_HINT, "all settings: numbers from 1 on without a gap");
#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int read_settings(uint64_t values[N_SETTINGS])
{
    int error = PAGODA_OK;
    for (unsigned i = 0; i < N_SETTINGS && error == PAGODA_OK; i++)
        error = pager_setting_get(LAYOUT_CAP_PAGER, settings[i].setting, &values[i]);
    return error;
}

static void add_settings(struct json *j, const uint64_t values[N_SETTINGS])
{
    json_object(j, "settings");
    for (unsigned i = 0; i < N_SETTINGS; i++)
        json_number(j, settings[i].key, values[i]);
    json_end(j);
}

/* What is told, all of it read before anything is written: so an error leaves no half of an object. */
static struct {
    struct snapshot snapshot;
    struct pager_arrangement_info_reply arrangement;
    struct pager_prezero_info_reply prezero;
    struct pager_large_info_reply large;
    struct pager_promotion_info_reply promotion;
    struct pager_balance_reply balance;
    struct pager_parties_reply parties;
    uint64_t settings[N_SETTINGS];
} all;

static int read_all(void)
{
    int error = snapshot_take(&all.snapshot);
    error = error ? error : read_settings(all.settings);
    error = error ? error : pager_arrangement_info(LAYOUT_CAP_PAGER, &all.arrangement);
    error = error ? error : pager_prezero_info(LAYOUT_CAP_PAGER, &all.prezero);
    error = error ? error : pager_large_info(LAYOUT_CAP_PAGER, &all.large);
    error = error ? error : pager_promotion_info(LAYOUT_CAP_PAGER, &all.promotion);
    error = error ? error : pager_balance(LAYOUT_CAP_PAGER, false, &all.balance);
    return error ? error : pager_parties(LAYOUT_CAP_PAGER, &all.parties);
}

int stats_json(const struct shell *shell)
{
    const struct snapshot *snapshot = &all.snapshot;
    struct json json;
    int error = read_all();
    if (error != PAGODA_OK)
        return shell_failed("stats", error);
    json_begin(&json, stdout);
    json_number(&json, "format", FORMAT_VERSION);
    json_number(&json, "time_ns", snapshot->now_ns);
    add_memory(&json, &snapshot->memory);
    add_pressure(&json, &snapshot->pressure);
    add_faults(&json, &snapshot->faults);
    add_eviction(&json, &snapshot->store);
    add_store(&json, &snapshot->store);
    add_swap(&json, &snapshot->swap);
    add_commit(&json, &snapshot->commit);
    add_arrangement(&json, &all.arrangement);
    add_prezero(&json, &all.prezero);
    add_large(&json, &all.large);
    add_promotion(&json, &all.promotion);
    add_balance(&json, &all.balance);
    add_parties(&json, &all.parties);
    add_prediction(&json, snapshot);
    add_settings(&json, all.settings);
    add_kernel(&json, kinfo(shell));
    add_lists(&json, snapshot);
    json_finish(&json);
    return STATUS_OK;
}
