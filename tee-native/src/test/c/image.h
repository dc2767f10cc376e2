/* SPDX-License-Identifier: Apache-2.0 */
/* An image as QEMU leaves it after snapshot-save, with a stream of at most one cluster in it. */
#ifndef VMTEE_TEST_IMAGE_H
#define VMTEE_TEST_IMAGE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmtee.h"

/* Clusters 0 to 3 are an empty image's. */
enum {
        IMAGE_CLUSTER = 1 << 18,
        IMAGE_SNAPSHOTS = 4 * IMAGE_CLUSTER,
        IMAGE_L1 = 5 * IMAGE_CLUSTER,
        IMAGE_L2 = 6 * IMAGE_CLUSTER,
        IMAGE_DATA = 7 * IMAGE_CLUSTER,
        IMAGE_SIZE = 8 * IMAGE_CLUSTER,
        /* Fields of the header, of the one snapshot, and the table entries in use. */
        FIELD_SNAPSHOTS = 60,
        FIELD_SNAPSHOTS_OFFSET = 64,
        FIELD_L1_OFFSET = IMAGE_SNAPSHOTS,
        FIELD_L1_ENTRIES = IMAGE_SNAPSHOTS + 8,
        FIELD_EXTRA_SIZE = IMAGE_SNAPSHOTS + 36,
        FIELD_STATE_SIZE = IMAGE_SNAPSHOTS + 40,
        FIELD_L1 = IMAGE_L1 + 8, /* the first entry is the disk's */
        FIELD_L2 = IMAGE_L2,
        HEADER_SIZE = 104,
        SNAPSHOT_SIZE = 48,
};

#define ENTRY_COPIED (UINT64_C(1) << 63)

static inline void image_write(int fd, off_t at, const void *data, size_t size) {
        if (pwrite(fd, data, size, at) != (ssize_t)size)
                abort();
}

/* A big-endian number of so many bytes. */
static inline void image_put(int fd, off_t at, size_t size, uint64_t value) {
        uint8_t bytes[sizeof(value)];

        for (size_t i = 0; i < size; i++)
                bytes[i] = (uint8_t)(value >> 8 * (size - 1 - i));
        image_write(fd, at, bytes, size);
}

static inline int image_make(const uint8_t *stream, size_t size) {
        int fd;

        if (size > IMAGE_CLUSTER || vmtee_vmstate_image(&fd) < 0 || ftruncate(fd, IMAGE_SIZE) < 0)
                abort();
        image_put(fd, FIELD_SNAPSHOTS, 4, 1);
        image_put(fd, FIELD_SNAPSHOTS_OFFSET, 8, IMAGE_SNAPSHOTS);
        image_put(fd, FIELD_L1_OFFSET, 8, IMAGE_L1);
        image_put(fd, FIELD_L1_ENTRIES, 4, 2);
        image_put(fd, FIELD_EXTRA_SIZE, 4, 16);
        image_put(fd, FIELD_STATE_SIZE, 8, size);
        image_put(fd, FIELD_L1, 8, ENTRY_COPIED | IMAGE_L2);
        image_put(fd, FIELD_L2, 8, ENTRY_COPIED | IMAGE_DATA);
        image_write(fd, IMAGE_DATA, stream, size);
        return fd;
}

/* Makes the recording of a running machine that of a stopped one. */
static inline void stream_of_stopped(uint8_t *stream, size_t size) {
        uint8_t *state = memmem(stream, size, "running", 8);

        if (!state)
                abort();
        memcpy(state, "paused\0", 8);
}

#endif
