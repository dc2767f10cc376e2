/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/sink.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/detail.h"

enum { CAPACITY = 1 << 20 };

static sigset_t pipe_signal(void) {
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        return set;
}

int sink_open(struct sink *s, int fd, uint32_t deadline_millis) {
        const sigset_t set = pipe_signal();

        *s = (struct sink){ .waiter = waiter_until(-1, deadline_millis), .fd = fd, .flags = fcntl(fd, F_GETFL) };
        if (s->flags < 0 || fcntl(fd, F_SETFL, s->flags | O_NONBLOCK) < 0)
                return vmtee_fail(-errno, "cannot write the save image: %s", strerror(errno));
        s->buf = malloc(CAPACITY);
        if (!s->buf) {
                (void)fcntl(fd, F_SETFL, s->flags);
                return vmtee_fail(-ENOMEM, "no memory for a buffer");
        }
        pthread_sigmask(SIG_BLOCK, &set, &s->signals);
        return 0;
}

void sink_close(struct sink *s) {
        const struct timespec now = { 0 };
        const sigset_t set = pipe_signal();

        /* A signal of ours must not outlive the mask; one that was blocked before is not ours to take. */
        if (!sigismember(&s->signals, SIGPIPE))
                while (sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR)
                        ;
        pthread_sigmask(SIG_SETMASK, &s->signals, NULL);
        (void)fcntl(s->fd, F_SETFL, s->flags);
        free(s->buf);
}

int sink_flush(struct sink *s) {
        for (size_t done = 0; done < s->used;) {
                const int r = waiter_ready(&s->waiter, s->fd, POLLOUT);

                if (r < 0)
                        return r;
                const ssize_t n = write(s->fd, s->buf + done, s->used - done);
                if (n >= 0)
                        done += (size_t)n;
                else if (errno != EAGAIN && errno != EINTR)
                        return vmtee_fail(-errno, "cannot write the save image: %s", strerror(errno));
        }
        s->used = 0;
        return 0;
}

int sink_put(struct sink *s, const void *data, size_t size) {
        for (size_t done = 0; done < size;) {
                const size_t room = CAPACITY - s->used;
                const size_t n = size - done < room ? size - done : room;

                memcpy(s->buf + s->used, (const uint8_t *)data + done, n);
                s->used += n;
                done += n;
                const int r = s->used == CAPACITY ? sink_flush(s) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

int sink_put_u8(struct sink *s, uint8_t value) {
        return sink_put(s, &value, sizeof(value));
}

int sink_put_be32(struct sink *s, uint32_t value) {
        const uint32_t bytes = htobe32(value);

        return sink_put(s, &bytes, sizeof(bytes));
}

int sink_put_be64(struct sink *s, uint64_t value) {
        const uint64_t bytes = htobe64(value);

        return sink_put(s, &bytes, sizeof(bytes));
}
