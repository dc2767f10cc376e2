/* SPDX-License-Identifier: Apache-2.0 */
/* What the native tests share. A test ends the process with status 1 at the first thing that is not so. */
#ifndef VMTEE_TESTING_H
#define VMTEE_TESTING_H

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef OVER_SOCKET /* what is behind the handles is elsewhere */
#include "capture/capture.h"
#include "measure/measurement.h"
#endif
#include "claims.h"
#include "stream/format.h"
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

/* The same as a background snapshot, for which QEMU wants no answer. */
static inline int background_bytes(const uint8_t *bytes, size_t size, vmtee_capture **ret) {
        vmtee_capture *c;
        uint8_t answer;
        int fds[2];

        CHECK_RESULT(vmtee_capture_new(NULL, &c), 0);
        CHECK_RESULT(vmtee_socketpair(fds), 0);
        CHECK(send(fds[1], bytes, size, MSG_DONTWAIT) == (ssize_t)size || size == 0);
        CHECK(shutdown(fds[1], SHUT_WR) == 0);
        const int r = vmtee_capture_background(c, fds[0], DEADLINE_MILLIS);
        CHECK(recv(fds[1], &answer, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
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

/* Where the last section of the RAM ends: from there on the guest stands. */
static inline size_t end_of_ram(const uint8_t *bytes, size_t size) {
        static const uint8_t end[] = { 0, 0, 0, 0, 0, 0, 0, 0x10, 0x7e };
        const uint8_t *last = NULL;

        for (const uint8_t *p = bytes; (p = memmem(p, size - (size_t)(p - bytes), end, sizeof(end))) != NULL; p++)
                last = p;
        CHECK(last);
        return (size_t)(last - bytes) + sizeof(end) + 4;
}

/* So many pages of noise: always the same. */
static inline uint8_t *noise(size_t n) {
        uint8_t *pages = malloc(n * VMTEE_PAGE_SIZE);
        uint64_t x = 88172645463325252u;

        CHECK(pages);
        for (size_t i = 0; i < n * VMTEE_PAGE_SIZE / sizeof(x); i++) {
                x ^= x << 13; /* Marsaglia's xorshift64 */
                x ^= x >> 7;
                x ^= x << 17;
                memcpy(pages + i * sizeof(x), &x, sizeof(x));
        }
        return pages;
}

/* A page as the RAM section has it. */
static inline uint8_t *put_page(uint8_t *to, size_t page, const uint8_t *bytes) {
        static const char block[] = "\x0bmicrovm.ram";
        const uint64_t record = htobe64(page * VMTEE_PAGE_SIZE | RAM_PAGE);

        memcpy(to, &record, sizeof(record));
        memcpy(to + sizeof(record), block, strlen(block));
        to += sizeof(record) + strlen(block);
        memcpy(to, bytes, VMTEE_PAGE_SIZE);
        return to + VMTEE_PAGE_SIZE;
}

/* The recorded machine, had its memory begun with these pages. */
static inline vmtee_capture *measured_with_pages(const uint8_t *pages, size_t n) {
        size_t size;
        uint8_t *recorded = recorded_stream(&size);
        const size_t begin = end_of_ram(recorded, size) - 8 - 1 - 4;
        uint8_t *stream = malloc(size + n * (VMTEE_PAGE_SIZE + 64)), *end = stream + begin;

        CHECK(stream);
        memcpy(stream, recorded, begin);
        for (size_t i = 0; i < n; i++)
                end = put_page(end, i, pages + i * VMTEE_PAGE_SIZE);
        memcpy(end, recorded + begin, size - begin);
        vmtee_capture *c = measured_bytes(stream, (size_t)(end - stream) + size - begin);
        free(recorded);
        free(stream);
        return c;
}

static inline vmtee_capture *measured_with_random_pages(size_t n) {
        uint8_t *pages = noise(n);
        vmtee_capture *c = measured_with_pages(pages, n);

        free(pages);
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

#endif
