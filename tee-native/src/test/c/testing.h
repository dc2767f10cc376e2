/* SPDX-License-Identifier: Apache-2.0 */
/* What the native tests share. A test ends the process with status 1 at the first thing that is not so. */
#ifndef VMTEE_TESTING_H
#define VMTEE_TESTING_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/capture.h"
#include "measure/measurement.h"
#include "vmtee.h"

#define CHECK(condition) \
        do { \
                if (!(condition)) { \
                        fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, vmtee_detail()); \
                        exit(1); \
                } \
        } while (0)

/* Also shows what came instead. */
#define CHECK_RESULT(call, expected) \
        do { \
                const int got_ = (call); \
                if (got_ != (expected)) { \
                        fprintf(stderr, "%s:%d: %s gave %d, not %d (%s)\n", __FILE__, __LINE__, #call, got_, (expected), \
                                vmtee_detail()); \
                        exit(1); \
                } \
        } while (0)

enum {
        DEADLINE_MILLIS = 20000,
        EXIT_SKIPPED = 77, /* of a test that said so with skipped() */
};

/* One line of TAP about what could not be tried here. */
static inline void skipped(const char *name, const char *reason) {
        printf("ok - %s # SKIP %s\n", name, reason);
}

/* The live stream of a machine "microvm" with 1 MiB of RAM, whose firmware writes two words and halts. */
static inline uint8_t *recorded_stream(size_t *ret_size) {
        FILE *f = fopen(TEST_DATA "/microvm.stream", "rb");
        uint8_t *bytes = malloc(1 << 20);

        if (!f || !bytes) {
                perror(TEST_DATA "/microvm.stream");
                exit(1);
        }
        *ret_size = fread(bytes, 1, 1 << 20, f);
        fclose(f);
        return bytes;
}

/* Sends the bytes into a new capture as QEMU would; *ret_answer is what the module said on the return path. */
static inline int capture_with(const struct vmtee_limits *limits, const uint8_t *bytes, size_t size,
                               vmtee_capture **ret, uint8_t answer[8]) {
        vmtee_capture *c;
        int fds[2];

        CHECK_RESULT(vmtee_capture_new(limits, &c), 0);
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        CHECK(send(fds[1], bytes, size, MSG_DONTWAIT) == (ssize_t)size || size == 0);
        CHECK(shutdown(fds[1], SHUT_WR) == 0);
        const int r = vmtee_capture_stream(c, fds[0], DEADLINE_MILLIS);
        if (answer)
                CHECK(recv(fds[1], answer, 8, MSG_DONTWAIT) == 8);
        close(fds[0]);
        close(fds[1]);
        if (r < 0)
                vmtee_capture_free(c);
        else
                *ret = c;
        return r;
}

static inline int capture_bytes(const uint8_t *bytes, size_t size, vmtee_capture **ret) {
        return capture_with(NULL, bytes, size, ret, NULL);
}

static inline vmtee_capture *measured_bytes(const uint8_t *bytes, size_t size) {
        vmtee_capture *c;

        CHECK_RESULT(capture_bytes(bytes, size, &c), 0);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        return c;
}

static inline vmtee_capture *measured_recording(void) {
        size_t size;
        uint8_t *bytes = recorded_stream(&size);
        vmtee_capture *c = measured_bytes(bytes, size);

        free(bytes);
        return c;
}

/* The recorded machine, had its memory begun with so many pages of noise: always the same. */
static inline vmtee_capture *measured_with_random_pages(size_t n) {
        size_t size;
        uint8_t *bytes = recorded_stream(&size);
        vmtee_capture *c;
        uint64_t x = 88172645463325252u;

        CHECK_RESULT(capture_bytes(bytes, size, &c), 0);
        for (size_t i = 0; i < n * VMTEE_PAGE_SIZE / sizeof(x); i++) {
                x ^= x << 13; /* Marsaglia's xorshift64 */
                x ^= x >> 7;
                x ^= x << 17;
                memcpy(c->memory.blocks[0].pages + i * sizeof(x), &x, sizeof(x));
        }
        for (size_t i = 0; i < n; i++)
                bit_set(c->memory.blocks[0].written, i);
        CHECK_RESULT(vmtee_capture_measure(c, 0), 0);
        free(bytes);
        return c;
}

static inline void to_hex(const uint8_t *bytes, size_t size, char *ret) {
        for (size_t i = 0; i < size; i++)
                (void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

static inline int is_hex(const uint8_t *bytes, size_t size, const char *expected) {
        char hex[256] = "";

        to_hex(bytes, size, hex);
        if (strcmp(hex, expected) != 0)
                fprintf(stderr, "is %s, not %s\n", hex, expected);
        return strcmp(hex, expected) == 0;
}

static inline const struct measured_component *component(const vmtee_capture *c, const char *name) {
        const struct measurement *m = capture_measurement(c);

        for (size_t i = 0; i < m->n_components; i++)
                if (strcmp(m->components[i].name, name) == 0)
                        return &m->components[i];
        fprintf(stderr, "no component %s\n", name);
        exit(1);
}

static inline int same_component(const vmtee_capture *a, const vmtee_capture *b, const char *name) {
        return memcmp(component(a, name)->digest, component(b, name)->digest, VMTEE_DIGEST_SIZE) == 0;
}

#endif
