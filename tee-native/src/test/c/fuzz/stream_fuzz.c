/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as a stream. `make fuzz` runs it for FUZZ_SECONDS, beginning with the recorded one. */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vmtee.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const struct vmtee_limits small = { .ram_bytes = 16 << 20, .blocks = 16, .tail_bytes = 1 << 20 };
        vmtee_capture *c;
        int fds[2];

        if (size > 100000 || vmtee_socketpair(fds) < 0)
                return 0;
        if (vmtee_capture_new(&small, &c) == 0) {
                if (send(fds[1], data, size, MSG_DONTWAIT) == (ssize_t)size && shutdown(fds[1], SHUT_WR) == 0 &&
                    vmtee_capture_stream(c, fds[0], 10000) == 0)
                        (void)vmtee_capture_measure(c, 1);
                vmtee_capture_free(c);
        }
        close(fds[0]);
        close(fds[1]);
        return 0;
}
