/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Size classes of the store of compressed pages. Pure; O(1).
 *
 * A span is one to SIZE_CLASS_FRAMES_MAX frames, not necessarily neighbours, that hold n objects of one class; an object may lie across two of them. With k frames it has
 * 4096 * k / n bytes rounded down to 4. What a stored page costs is its share of the span, 4096 * k / n. Against the bytes it has (at least SIZE_CLASS_BYTES_MIN)
 * that is at most a seventh more and 4 bytes. Pages that do not fit three quarters of a frame save little and have no class.
 *
 * A class whose span has more than SIZE_CLASS_FRAMES_COARSE frames is fine: it fits more closely, but pays only where there are pages enough to fill such spans. Where there are
 * not, they lie with those of the next coarse class: then the share is at most a fifth more and 4 bytes. (Both are tested for every size.)
 */
#ifndef PAGER_POLICY_SIZE_CLASS_H
#define PAGER_POLICY_SIZE_CLASS_H

#include <stdint.h>

#define SIZE_CLASS_BYTES_MAX 3072u /* the largest object */
#define SIZE_CLASS_BYTES_MIN 128u  /* smaller ones take as much */
#define SIZE_CLASS_OBJECTS_MAX 32u
#define SIZE_CLASS_FRAMES_MAX 8u
#define SIZE_CLASS_FRAMES_COARSE 3u
#define SIZE_CLASSES 50u
#define SIZE_CLASS_NONE UINT32_MAX

/* size_class_of: the smallest class (0 has the largest objects) that holds so many bytes; SIZE_CLASS_NONE above SIZE_CLASS_BYTES_MAX. */
uint32_t size_class_of(uint32_t bytes);

/* size_class_coarse: the class itself if it is coarse, else the coarse one with the next larger objects. */
uint32_t size_class_coarse(uint32_t class);

/* size_class_bytes: of an object. size_class_objects, size_class_frames: of a span. class < SIZE_CLASSES. */
uint32_t size_class_bytes(uint32_t class);
uint32_t size_class_objects(uint32_t class);
uint32_t size_class_frames(uint32_t class);

#endif
