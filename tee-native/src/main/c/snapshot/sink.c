/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/sink.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/detail.h"
#include "vmtee.h"

static int write_piece(const struct sink *s, const uint8_t *bytes, size_t size) {
        for (size_t done = 0; done < size;) {
                const int r = waiter_ready(&s->waiter, s->fd, POLLOUT);

                if (r < 0)
                        return r;
                const ssize_t n = write(s->fd, bytes + done, size - done);
                if (n >= 0)
                        done += (size_t)n;
                else if (errno != EAGAIN && errno != EINTR)
                        return vmtee_fail(-errno, "cannot write the save image: %s", strerror(errno));
        }
        return 0;
}

/* A signal that the write raises is this thread's, and ends with it. */
static void block_pipe_signal(void) {
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Holds the lock. */
static int write_first(struct sink *s) {
        const uint8_t *bytes = s->pieces[s->first];
        const size_t size = s->sizes[s->first];

        pthread_mutex_unlock(&s->lock);
        const int r = write_piece(s, bytes, size);
        pthread_mutex_lock(&s->lock);
        if (r < 0) {
                (void)snprintf(s->detail, sizeof(s->detail), "%s", vmtee_detail());
                return r;
        }
        s->first = (s->first + 1) % SINK_PIECES;
        s->full--;
        return 0;
}

static void *write_all(void *argument) {
        struct sink *s = argument;

        block_pipe_signal();
        pthread_mutex_lock(&s->lock);
        while (s->error == 0 && !s->closing) {
                if (s->full == 0) {
                        pthread_cond_wait(&s->changed, &s->lock);
                        continue;
                }
                s->error = write_first(s);
                pthread_cond_signal(&s->changed);
        }
        pthread_mutex_unlock(&s->lock);
        return NULL;
}

static int start_writer(struct sink *s) {
        s->close_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (s->close_fd < 0)
                return vmtee_fail(-errno, "eventfd: %s", strerror(errno));
        s->waiter.cancel_fd = s->close_fd;
        pthread_mutex_init(&s->lock, NULL);
        pthread_cond_init(&s->changed, NULL);
        const int error = pthread_create(&s->writer, NULL, write_all, s);
        if (error == 0)
                return 0;
        close(s->close_fd);
        return vmtee_fail(-error, "no thread to write the save image: %s", strerror(error));
}

int sink_open(struct sink *s, int fd, uint32_t deadline_millis) {
        *s = (struct sink){ .waiter = waiter_until(-1, deadline_millis), .fd = fd, .flags = fcntl(fd, F_GETFL) };
        if (s->flags < 0 || fcntl(fd, F_SETFL, s->flags | O_NONBLOCK) < 0)
                return vmtee_fail(-errno, "cannot write the save image: %s", strerror(errno));
        /* Fewer changes between the two processes; it works without, and a file has none. */
        (void)fcntl(fd, F_SETPIPE_SZ, SINK_PIECE_SIZE);
        const int r = start_writer(s);
        if (r < 0)
                (void)fcntl(fd, F_SETFL, s->flags);
        return r;
}

void sink_close(struct sink *s) {
        pthread_mutex_lock(&s->lock);
        s->closing = true;
        pthread_cond_signal(&s->changed);
        pthread_mutex_unlock(&s->lock);
        (void)eventfd_write(s->close_fd, 1);
        pthread_join(s->writer, NULL);
        for (size_t i = 0; i < SINK_PIECES; i++)
                free(s->pieces[i]);
        pthread_cond_destroy(&s->changed);
        pthread_mutex_destroy(&s->lock);
        close(s->close_fd);
        (void)fcntl(s->fd, F_SETFL, s->flags);
}

static int failure_of(const struct sink *s) {
        return s->error < 0 ? vmtee_fail(s->error, "%s", s->detail) : 0;
}

/* Waits until at most so many are full. */
static int await_room(struct sink *s, size_t most) {
        pthread_mutex_lock(&s->lock);
        while (s->error == 0 && s->full > most)
                pthread_cond_wait(&s->changed, &s->lock);
        const int r = failure_of(s);
        pthread_mutex_unlock(&s->lock);
        return r;
}

/* Hands over what is being filled; the one behind it is free then. */
static int hand_over(struct sink *s) {
        pthread_mutex_lock(&s->lock);
        s->sizes[s->filling] = s->used;
        s->full++;
        pthread_cond_signal(&s->changed);
        pthread_mutex_unlock(&s->lock);
        s->filling = (s->filling + 1) % SINK_PIECES;
        s->used = 0;
        return await_room(s, SINK_PIECES - 1);
}

int sink_flush(struct sink *s) {
        const int r = s->used > 0 ? hand_over(s) : 0;

        return r < 0 ? r : await_room(s, 0);
}

static int put_some(struct sink *s, const uint8_t *data, size_t size, size_t *ret_done) {
        const size_t room = SINK_PIECE_SIZE - s->used, n = size < room ? size : room;
        uint8_t **piece = &s->pieces[s->filling];

        if (!*piece)
                *piece = malloc(SINK_PIECE_SIZE);
        if (!*piece)
                return vmtee_fail(-ENOMEM, "no memory for a buffer");
        memcpy(*piece + s->used, data, n);
        s->used += n;
        *ret_done += n;
        return s->used == SINK_PIECE_SIZE ? hand_over(s) : 0;
}

int sink_put(struct sink *s, const void *data, size_t size) {
        int r = 0;

        for (size_t done = 0; r == 0 && done < size;)
                r = put_some(s, (const uint8_t *)data + done, size - done, &done);
        return r;
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
