/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any changes to a good image with a saved state. The first four bytes change its length, the others its header,
 * snapshot, tables and state, in this order; no bytes at all leave it as it is. */
#include <stdio.h>

#include "image.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t stream[IMAGE_CLUSTER];
static size_t stream_size;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        FILE *f = fopen(TEST_DATA "/microvm.stream", "rb");

        (void)argc;
        (void)argv;
        if (!f)
                abort();
        stream_size = fread(stream, 1, sizeof(stream), f);
        fclose(f);
        stream_of_stopped(stream, stream_size);
        return 0;
}

struct changes {
        const uint8_t *data;
        size_t size;
};

static void change(int fd, off_t at, size_t size, struct changes *c) {
        uint8_t bytes[IMAGE_CLUSTER];
        const size_t n = c->size < size ? c->size : size;

        if (pread(fd, bytes, n, at) != (ssize_t)n)
                abort();
        for (size_t i = 0; i < n; i++)
                bytes[i] ^= c->data[i];
        image_write(fd, at, bytes, n);
        c->data += n;
        c->size -= n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const struct vmtee_limits small = { .ram_bytes = 16 << 20, .blocks = 16, .tail_bytes = 1 << 20 };
        struct changes c = { data, size };
        uint32_t length = 0;
        vmtee_capture *capture;
        const int fd = image_make(stream, stream_size);

        if (c.size >= sizeof(length)) {
                memcpy(&length, c.data, sizeof(length));
                c.data += sizeof(length);
                c.size -= sizeof(length);
        }
        change(fd, 0, HEADER_SIZE, &c);
        change(fd, IMAGE_SNAPSHOTS, SNAPSHOT_SIZE, &c);
        change(fd, IMAGE_L1, 16, &c);
        change(fd, IMAGE_L2, 16, &c);
        change(fd, IMAGE_DATA, stream_size, &c);
        if (ftruncate(fd, (off_t)((IMAGE_SIZE ^ length) % (2 * IMAGE_SIZE))) < 0)
                abort();
        if (vmtee_capture_new(&small, &capture) == 0) {
                if (vmtee_capture_vmstate(capture, fd, 10000) == 0)
                        (void)vmtee_capture_measure(capture, 1);
                vmtee_capture_free(capture);
        }
        close(fd);
        return 0;
}
