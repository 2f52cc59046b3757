/* SPDX-License-Identifier: BSD-2-Clause */
#include "size_class.h"

#define FRAME_BYTES 4096u
#define GRANULE 4u
#define STEP 16u /* of the table of classes */

static const struct {
    uint8_t frames, objects;
} spans[SIZE_CLASSES] = {
    {3, 4}, {5, 7}, {2, 3}, {5, 8}, {3, 5}, {4, 7}, {6, 11}, {1, 2}, {6, 13}, {4, 9}, {3, 7}, {2, 5}, {5, 13}, {3, 8},
    {5, 14}, {1, 3}, {5, 16}, {3, 10}, {8, 27}, {2, 7}, {3, 11}, {4, 15}, {1, 4}, {4, 17}, {3, 13}, {2, 9}, {4, 19}, {1, 5},
    {3, 16}, {2, 11}, {1, 6}, {2, 13}, {1, 7}, {1, 8}, {1, 9}, {1, 10}, {1, 11}, {1, 12}, {1, 13}, {1, 14}, {1, 15}, {1, 16},
    {1, 17}, {1, 18}, {1, 19}, {1, 21}, {1, 23}, {1, 25}, {1, 28}, {1, 32},
};

/* The smallest class that holds so many steps. */
static const uint8_t classes[SIZE_CLASS_BYTES_MAX / STEP + 1] = {
    49, 49, 49, 49, 49, 49, 49, 49, 49, 48, 47, 46, 45, 44, 43, 42, 41, /* 256 bytes */
    40, 39, 38, 37, 37, 36, 36, 35, 35, 34, 34, 34, 33, 33, 33, 33, 32, 32, 32, 32, 31, 31, 31, 30, 30, 30, 29, 29, 29, 29, 28, 28, /* 768 bytes */
    27, 27, 27, 26, 26, 25, 25, 25, 24, 24, 24, 23, 22, 22, 22, 22, 21, 21, 21, 21, 20, 19, 19, 19, 19, 18, 18, 17, 16, 16, 16, 16, /* 1280 bytes */
    15, 15, 15, 15, 15, 14, 14, 14, 14, 14, 14, 13, 13, 13, 13, 13, 12, 12, 11, 11, 11, 11, 10, 10, 10, 10, 10, 10, 10, 9, 9, 9, /* 1792 bytes */
    9, 8, 8, 8, 8, 8, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, /* 2304 bytes */
    5, 5, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, /* 2816 bytes */
    1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 3072 bytes */
};

uint32_t size_class_of(uint32_t bytes)
{
    if (bytes > SIZE_CLASS_BYTES_MAX) {
        return SIZE_CLASS_NONE;
    }
    uint32_t class = classes[bytes / STEP];
    return size_class_bytes(class) >= bytes ? class : class - 1; /* which holds the rest of the step */
}

uint32_t size_class_coarse(uint32_t class)
{
    while (spans[class].frames > SIZE_CLASS_FRAMES_COARSE) {
        class--;
    }
    return class;
}

uint32_t size_class_bytes(uint32_t class)
{
    return FRAME_BYTES * spans[class].frames / spans[class].objects / GRANULE * GRANULE;
}

uint32_t size_class_objects(uint32_t class)
{
    return spans[class].objects;
}

uint32_t size_class_frames(uint32_t class)
{
    return spans[class].frames;
}
