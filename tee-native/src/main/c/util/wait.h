/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a descriptor with a deadline, and so that another thread can end it. */
#ifndef VMTEE_WAIT_H
#define VMTEE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct waiter {
        int cancel_fd;           /* readable once the caller gave up; -1 for none */
        uint64_t deadline_nanos; /* of CLOCK_MONOTONIC */
};

uint64_t now_nanos(void);

/* Milliseconds since 1970. */
uint64_t wall_millis(void);

struct waiter waiter_until(int cancel_fd, uint32_t millis);

/* The same waiter, but until then at the latest. */
struct waiter waiter_at_most(struct waiter w, uint32_t millis);

/* Waits until fd is ready for `events` (as poll(2) has them; a hang-up counts as ready). -ETIMEDOUT, -ECANCELED. */
int waiter_ready(const struct waiter *w, int fd, short events);

/* Whether it is time to stop: 0, -ETIMEDOUT or -ECANCELED. Does not wait. */
int waiter_check(const struct waiter *w);

/* Whether fd becomes readable within so many milliseconds. */
bool waiter_more_within(int fd, int millis);

#endif
