/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as a stream. `make fuzz` runs it for FUZZ_SECONDS, beginning with the recorded one. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vmtee.h"

enum { DEADLINE_MILLIS = 10000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0 if the bytes were measured. */
static int measure(vmtee_capture *c, const uint8_t *data, size_t size) {
        int fds[2];
        int r = vmtee_socketpair(fds);

        if (r < 0)
                return r;
        r = -1;
        if (send(fds[1], data, size, MSG_DONTWAIT) == (ssize_t)size && shutdown(fds[1], SHUT_WR) == 0)
                r = vmtee_capture_stream(c, fds[0], DEADLINE_MILLIS);
        if (r == 0)
                r = vmtee_capture_measure(c, 1);
        close(fds[0]);
        close(fds[1]);
        return r;
}

/* What the inputs before have left for this VM must not be seen in what is measured. */
static void expect_same(const vmtee_capture *kept, const vmtee_capture *fresh) {
        struct vmtee_page_run run;
        uint64_t pages = 0;
        const int64_t n = vmtee_capture_diff(kept, fresh, &run, 1, &pages);

        if (n != 0 || pages != 0) {
                fprintf(stderr, "%llu pages differ after earlier captures (%lld)\n", (unsigned long long)pages, (long long)n);
                abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const struct vmtee_limits small = { .ram_bytes = 16 << 20, .blocks = 16, .tail_bytes = 1 << 20 };
        static const uint8_t vm[VMTEE_UUID_SIZE] = { 1 };
        vmtee_capture *kept = NULL, *fresh = NULL;

        if (size <= 100000 && vmtee_capture_new(&small, &kept) == 0 && vmtee_capture_new(&small, &fresh) == 0 &&
            vmtee_capture_of_vm(kept, vm) == 0 && measure(kept, data, size) == 0) {
                if (measure(fresh, data, size) < 0) {
                        fprintf(stderr, "the same bytes are refused: %s\n", vmtee_detail());
                        abort();
                }
                expect_same(kept, fresh);
        }
        vmtee_capture_free(kept);
        vmtee_capture_free(fresh);
        return 0;
}
