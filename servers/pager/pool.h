/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store of compressed pages: objects of some bytes in spans of frames (FRAME_STORE), each span with objects of one class
 * (policy/size_class.h). A record of its own (RECORD_SPAN) tells its first frame, from which the others are found, and which of its objects are free. An object begins with the
 * handle of its record, so that it can be moved.
 *
 * Bounded waste: after pool_compact has nothing left to do, the free objects of a class are fewer than two spans of them and an eighth of those in use. While a
 * class is so small that one more span of it would be more than an eighth of the pages it could serve, it has no spans for itself alone:
 *   - a page whose class has no free object lies in one of a class with larger objects, at most an eighth larger than it needs
 *   - if there is none a span is made, and if that would be a fine class's, one of the next coarse class.
 * When there are no frames for a span, any free object that is large enough will do.
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

/* pool_put: keep these bytes for a record: sets its place, length and kind, and its age to none. false: not enough frames left, or more than
 * SIZE_CLASS_BYTES_MAX - POOL_HEADER bytes. May take SIZE_CLASS_FRAMES_COARSE frames, and one for records, from the reserve. */
bool pool_put(uint32_t handle, const void *bytes, uint32_t length);

/* pool_bytes: the bytes of a record of kind RECORD_COMPRESSED, valid until the next call; NULL when its place is none (it was damaged). */
const void *pool_bytes(uint32_t handle);

/* pool_drop: free the object of a record. */
void pool_drop(uint32_t handle);

/* pool_compact: if some class wastes more than its bound, empty one of its spans; true: it did. At most SIZE_CLASS_OBJECTS_MAX objects are moved. */
bool pool_compact(void);

/* pool_move: a frame of the pool gives way to another (frame_destination). */
void pool_move(uint32_t from, uint32_t to);

/* pool_renew: count a page as the newest. */
void pool_renew(uint32_t handle);

/* pool_oldest: handle of the page that was stored longest ago; 0: none. */
uint32_t pool_oldest(void);

/* pool_frames, pool_spans, pool_objects, pool_stored: frames taken; spans that they make up; objects in them; their bytes. */
uint64_t pool_frames(void);
uint64_t pool_spans(void);
uint64_t pool_objects(void);
uint64_t pool_stored(void);

/* pool_wasted: free bytes in frames of the pool, apart from what rounding up to classes costs. */
uint64_t pool_wasted(void);

/* pool_check: number of violations found in the lists and counts. */
uint32_t pool_check(void);

#endif
