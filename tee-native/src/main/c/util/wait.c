/* SPDX-License-Identifier: Apache-2.0 */
#include "util/wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "util/detail.h"

enum { NANOS_PER_MILLI = 1000000 };

uint64_t now_nanos(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000 * NANOS_PER_MILLI + (uint64_t)t.tv_nsec;
}

uint64_t wall_millis(void) {
        struct timespec t;

        clock_gettime(CLOCK_REALTIME, &t);
        return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / NANOS_PER_MILLI;
}

struct waiter waiter_until(int cancel_fd, uint32_t millis) {
        return (struct waiter){ .cancel_fd = cancel_fd,
                                .deadline_nanos = now_nanos() + (uint64_t)millis * NANOS_PER_MILLI };
}

struct waiter waiter_at_most(struct waiter w, uint32_t millis) {
        const struct waiter other = waiter_until(w.cancel_fd, millis);

        return other.deadline_nanos < w.deadline_nanos ? other : w;
}

static int left_millis(const struct waiter *w) {
        const uint64_t now = now_nanos();

        if (now >= w->deadline_nanos)
                return 0;
        const uint64_t millis = (w->deadline_nanos - now + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
        return millis > INT_MAX ? INT_MAX : (int)millis;
}

static int poll_once(const struct waiter *w, int fd, short events, int timeout) {
        /* A negative descriptor is passed over by poll(2). */
        struct pollfd fds[] = { { .fd = fd, .events = events }, { .fd = w->cancel_fd, .events = POLLIN } };
        const int n = poll(fds, 2, timeout);

        if (n < 0)
                return errno == EINTR ? 0 : vmtee_fail(-errno, "poll: %s", strerror(errno));
        if (fds[1].revents != 0)
                return vmtee_fail(-ECANCELED, "the capture was cancelled");
        return fds[0].revents != 0;
}

int waiter_ready(const struct waiter *w, int fd, short events) {
        for (;;) {
                const int timeout = left_millis(w);
                const int r = poll_once(w, fd, events, timeout);

                if (r < 0)
                        return r;
                if (timeout == 0)
                        return vmtee_fail(-ETIMEDOUT, "the deadline has passed");
                if (r > 0)
                        return 0;
        }
}

int waiter_check(const struct waiter *w) {
        const int r = poll_once(w, -1, 0, 0);

        if (r < 0)
                return r;
        return left_millis(w) == 0 ? vmtee_fail(-ETIMEDOUT, "the deadline has passed") : 0;
}

bool waiter_more_within(int fd, int millis) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        return poll(&p, 1, millis) > 0 && (p.revents & POLLIN) != 0;
}
