/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/hold.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/detail.h"

static int make_event(int *ret_fd) {
        const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

        if (fd < 0)
                return vmtee_fail(-errno, "eventfd: %s", strerror(errno));
        *ret_fd = fd;
        return 0;
}

int hold_init(struct hold *h) {
        struct hold made = { .held_fd = -1, .release_fd = -1 };
        int r = make_event(&made.held_fd);

        if (r < 0)
                return r;
        r = make_event(&made.release_fd);
        if (r < 0) {
                close(made.held_fd);
                return r;
        }
        *h = made;
        return 0;
}

void hold_free(struct hold *h) {
        close(h->held_fd);
        close(h->release_fd);
}

int hold_for_release(const struct hold *h, struct waiter whole) {
        if (h->millis == 0)
                return 0;

        const struct waiter w = waiter_at_most(whole, h->millis);
        (void)eventfd_write(h->held_fd, 1);
        const int r = waiter_ready(&w, h->release_fd, POLLIN);
        return r == -ETIMEDOUT ? vmtee_fail(r, "the guest was held for %u ms and not released", h->millis) : r;
}

int vmtee_capture_hold(vmtee_capture *c, uint32_t millis) {
        if (c->state != CAPTURE_NEW)
                return vmtee_fail(-ESTALE, "the capture was used already");
        c->hold.millis = millis;
        return 0;
}

int vmtee_capture_await_held(const vmtee_capture *c, uint32_t deadline_millis) {
        const struct waiter w = waiter_until(c->cancel_fd, deadline_millis);

        return waiter_ready(&w, c->hold.held_fd, POLLIN);
}

void vmtee_capture_release(vmtee_capture *c) {
        (void)eventfd_write(c->hold.release_fd, 1);
}
