/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Size classes of the store of compressed pages. Pure; O(1).
 *
 * A frame holds n objects of one class, for n = 2 to SIZE_CLASS_OBJECTS_MAX; an object has 4096 / n bytes rounded down to 16. Of classes with
 * the same size only one exists. What a stored page costs is its share of a frame, 4096 / n. Against the bytes it has (at least
 * SIZE_CLASS_BYTES_MIN) that is at most half as much again and 16 bytes (tested for every size). Pages that do not fit half a frame save nothing and have no class.
 */
#ifndef PAGER_POLICY_SIZE_CLASS_H
#define PAGER_POLICY_SIZE_CLASS_H

#include <stdint.h>

#define SIZE_CLASS_BYTES_MAX 2048u /* the largest object */
#define SIZE_CLASS_BYTES_MIN 64u   /* smaller ones take as much */
#define SIZE_CLASS_OBJECTS_MAX 64u
#define SIZE_CLASSES 27u
#define SIZE_CLASS_NONE UINT32_MAX

/* size_class_of: the smallest class (0 has the largest objects) that holds so many bytes; SIZE_CLASS_NONE above SIZE_CLASS_BYTES_MAX. */
uint32_t size_class_of(uint32_t bytes);

/* size_class_bytes, size_class_objects: of an object; per frame. class < SIZE_CLASSES. */
uint32_t size_class_bytes(uint32_t class);
uint32_t size_class_objects(uint32_t class);

#endif
