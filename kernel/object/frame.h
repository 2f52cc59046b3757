/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames: memory that can be mapped. Each capability remembers its own one mapping (ASID and address). */
#ifndef KERNEL_OBJECT_FRAME_H
#define KERNEL_OBJECT_FRAME_H

#include "object/cap.h"
#include "object/error.h"

struct cap cap_frame(pa_t pa, enum frame_size size, bool device);
/* frame_unmap: remove the capability's mapping from the tables if this frame is still what is mapped there. The capability is not touched. */
void frame_unmap(const struct cap *cap);
/* frame_invoke: Map, Unmap, the cache operations, GetAddress; ABI 11.2, 11.4. */
error_t frame_invoke(struct invocation *inv);

#endif
