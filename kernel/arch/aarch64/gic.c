/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt controller: what both versions share. A set of held interrupts (delivered to a user handler that has not acknowledged yet) makes
 * release harmless when nothing is held, and lets a line that is switched off while held start afresh.
 */
#include "local.h"

static const struct gic_driver *gic;
static unsigned version, max_irq;
static uint64_t held[16]; /* one bit per interrupt */

static bool is_held(unsigned irq) { return held[irq / 64] >> irq % 64 & 1; }
static void set_held(unsigned irq, bool on)
{
    held[irq / 64] = (held[irq / 64] & ~BIT(irq % 64)) | (uint64_t)on << irq % 64;
}

void irq_controller_init(const struct boot_descriptor *boot)
{
    version = boot->gic_version;
    max_irq = boot->max_irq;
    if (version == 3) {
        gic = &gic_v3;
        gic_v3_init(boot);
    } else {
        gic = &gic_v2;
        gic_v2_init(boot);
    }
}

unsigned irq_max(void) { return max_irq; }
unsigned irq_gic_version(void) { return version; }

void irq_set_masked(unsigned irq, bool masked)
{
    irq_release(irq);
    gic->set_masked(irq, masked);
}

void irq_set_trigger(unsigned irq, bool edge) { gic->set_trigger(irq, edge); }
unsigned irq_acknowledge(void) { return gic->acknowledge(); }
void irq_end_kernel(unsigned irq) { gic->end(irq); }

void irq_hold(unsigned irq)
{
    gic->hold(irq);
    set_held(irq, true);
}

void irq_release(unsigned irq)
{
    if (!is_held(irq))
        return;
    set_held(irq, false);
    gic->release(irq);
}

bool irq_is_pending(void) { return READ_SYSREG(isr_el1) & 1 << 7; }
bool irq_send_sgi(unsigned sgi, word_t target) { return gic->send_sgi(sgi, target); }
