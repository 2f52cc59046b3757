/* SPDX-License-Identifier: BSD-2-Clause */
#include "size_class.h"

#define FRAME_BYTES 4096u
#define GRANULE 16u

/* Objects per frame of each class; of numbers that give the same size the greatest. */
static const uint8_t objects[SIZE_CLASSES] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 23, 25, 28, 32, 36, 42, 51, 64};

/* The class for each number of granules. */
static const uint8_t classes[SIZE_CLASS_BYTES_MAX / GRANULE + 1] = {
    26, 26, 26, 26, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, /* 0 to 256 bytes */
    13, 12, 11, 10, 10, 9,  9,  8,  8,  7,  7,  7,  6,  6,  6,  6,      /* 512 */
    5,  5,  5,  5,  4,  4,  4,  4,  4,  4,  3,  3,  3,  3,  3,  3,  3,  3,  3,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 1024 */
    1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1, /* 1360 */
};

uint32_t size_class_of(uint32_t bytes)
{
    return bytes <= SIZE_CLASS_BYTES_MAX ? classes[(bytes + GRANULE - 1) / GRANULE] : SIZE_CLASS_NONE;
}

uint32_t size_class_bytes(uint32_t class)
{
    return FRAME_BYTES / objects[class] / GRANULE * GRANULE;
}

uint32_t size_class_objects(uint32_t class)
{
    return objects[class];
}
