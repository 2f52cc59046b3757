/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store of compressed pages: objects of some bytes in frames (FRAME_STORE), each frame with objects of one class
 * (policy/size_class.h). An object begins with the handle of its record, so that it can be moved.
 *
 * Bounded waste: after pool_compact has nothing left to do, the free objects of a class are fewer than two frames of them and an
 * eighth of those in use.
 *
 * The pages of the store also stand in a list by age, so that the oldest can be written to disk first.
 */
#ifndef PAGER_POOL_H
#define PAGER_POOL_H

#include "record.h"

#include <stdbool.h>
#include <stdint.h>

#define POOL_HEADER 4u /* bytes of an object that are not the page's */

void pool_init(void);

/* pool_put: keep these bytes (at most POOL_BYTES_MAX) for a record: sets its place, length and kind, and its age to none. false: no frame left, or they
 * are too many. May take a frame from the reserve. */
bool pool_put(uint32_t handle, const void *bytes, uint32_t length);

/* pool_bytes: the bytes of a record of kind RECORD_COMPRESSED; NULL when its place is none (it was damaged). */
const void *pool_bytes(uint32_t handle);

/* pool_drop: free the object of a record. */
void pool_drop(uint32_t handle);

/* pool_compact: if some class wastes more than its bound, empty one of its frames; true: it did. At most 63 objects are moved. */
bool pool_compact(void);

/* pool_move: a frame of the store gives way to another (frame_destination). false: an object in it is damaged, so it stays. */
bool pool_move(uint32_t from, uint32_t to);

/* pool_renew: count a page as the newest. */
void pool_renew(uint32_t handle);

/* pool_oldest: handle of the page that was stored longest ago; 0: none. */
uint32_t pool_oldest(void);

/* pool_frames, pool_objects, pool_stored: frames taken; objects in them; their bytes. */
uint64_t pool_frames(void);
uint64_t pool_objects(void);
uint64_t pool_stored(void);

/* pool_wasted: free bytes in frames of the store, apart from what rounding up to classes costs. */
uint64_t pool_wasted(void);

/* pool_check: number of violations found in the lists and counts. */
uint32_t pool_check(void);

#endif
