/* SPDX-License-Identifier: Apache-2.0 */
/* Captures: a stream is read whole before anything of it is hashed, for behind it a guest waits. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "capture/hold.h"
#include "measure/run_state.h"
#include "stream/format.h"
#include "util/detail.h"
#include "util/wait.h"
#include "vmstate/vmstate.h"

enum {
        MICROS = 1000,
        /* How long a stream that looks complete but is malformed may still go on. */
        GRACE_MILLIS = 100,
        /* From the end of the RAM on the guest stands; what is left then comes within some milliseconds. */
        TAIL_MILLIS = 2000,
};

struct input {
        struct waiter waiter;
        int socket; /* -1 for an image */
        struct vmstate image;
};

static ssize_t read_socket(void *from, void *buf, size_t size) {
        const struct input *in = from;

        for (;;) {
                const int r = waiter_ready(&in->waiter, in->socket, POLLIN);

                if (r < 0)
                        return r;
                const ssize_t n = recv(in->socket, buf, size, MSG_DONTWAIT);
                if (n >= 0)
                        return n;
                if (errno == ECONNRESET)
                        return 0;
                if (errno != EAGAIN && errno != EINTR)
                        return vmtee_fail(-errno, "cannot read the stream: %s", strerror(errno));
        }
}

static ssize_t read_image(void *from, void *buf, size_t size) {
        struct input *in = from;
        const int r = waiter_check(&in->waiter);

        return r < 0 ? r : vmstate_read(&in->image, buf, size);
}

/* What lies in the source's buffer belongs to the tail. */
static int take_buffered(struct tail *t, struct source *s, uint32_t limit) {
        const size_t n = s->end - s->begin;
        const int r = tail_reserve(t, n);

        if (r < 0)
                return r;
        memcpy(t->bytes, source_data(s), n);
        t->size = n;
        source_take(s, n);
        return tail_check_size(t, limit);
}

/* 1, 0 at the end, or a negative errno. */
static int read_more(struct tail *t, struct source *s, uint32_t limit) {
        int r = tail_reserve(t, SOURCE_CAPACITY / 4);

        if (r < 0)
                return r;
        const ssize_t n = s->read(s->from, t->bytes + t->size, t->capacity - t->size);
        if (n <= 0)
                return (int)n;
        t->size += (size_t)n;
        r = tail_check_size(t, limit);
        return r < 0 ? r : 1;
}

/* Reads until the bytes make a complete and well-formed tail. */
static int read_tail(struct tail *t, struct source *s, uint32_t limit) {
        const struct input *in = s->from;
        int r = take_buffered(t, s, limit);

        while (r == 0) {
                /* An image's end is known, so there only the end is looked at. */
                const int parsed = in->socket >= 0 ? tail_try_parse(t) : 0;

                if (parsed > 0)
                        return 0;
                if (parsed < 0 && !waiter_more_within(in->socket, GRACE_MILLIS))
                        return parsed;
                r = read_more(t, s, limit);
                if (r == 0)
                        break;
                if (r > 0)
                        r = 0;
        }
        if (r < 0)
                return r;
        r = tail_try_parse(t);
        if (r == 0)
                r = vmtee_fail(s->end_error, "the stream ends before its description");
        return r > 0 ? 0 : r;
}

/* A stream that stops in its tail must not hold a standing guest until the deadline for all of its RAM. */
static int read_tail_in_time(struct tail *t, struct source *s, struct input *in, uint32_t limit) {
        const struct waiter whole = in->waiter;

        in->waiter = waiter_at_most(whole, TAIL_MILLIS);
        const bool shortened = in->waiter.deadline_nanos < whole.deadline_nanos;
        const int r = read_tail(t, s, limit);
        in->waiter = whole;
        if (r == -ETIMEDOUT && shortened)
                return vmtee_fail(-EPROTO, "the stream is not complete %d ms after the end of the RAM", TAIL_MILLIS);
        return r;
}

/* u16 type, u16 length, u32 error. QEMU fails the migration and resumes the guest. */
static int send_refusal(const struct input *in) {
        static const uint8_t shut[] = { 0, RETURN_SHUT, 0, 4, 0, 0, 0, 1 };
        const ssize_t n = send(in->socket, shut, sizeof(shut), MSG_NOSIGNAL | MSG_DONTWAIT);

        return n < 0 ? -errno : (size_t)n == sizeof(shut) ? 0 : -EIO;
}

static int refuse_switchover(const struct input *in) {
        const int r = send_refusal(in);

        return r < 0 ? vmtee_fail(r, "cannot refuse the switchover: %s", strerror(-r)) : 0;
}

/* That the peer closes, without a further byte, says that what was read was the whole. */
static int expect_end(struct input *in) {
        uint8_t byte;
        const ssize_t n = read_socket(in, &byte, 1);

        return n <= 0 ? (int)n : vmtee_fail(-EPROTO, "the stream goes on after its end");
}

static int read_live(vmtee_capture *c, struct source *s, struct input *in) {
        int r = head_read(&c->head, &c->memory, &c->limits, false, s);
        const uint64_t ram_done = now_nanos();

        c->instant.millis = wall_millis();
        if (r == 0)
                r = read_tail_in_time(&c->tail, s, in, c->limits.tail_bytes);
        if (r == 0)
                r = hold_for_release(&c->hold, in->waiter);
        if (r < 0) {
                /* The guest may stand already, and need not wait until the caller closes. */
                (void)send_refusal(in);
                return r;
        }
        r = refuse_switchover(in);
        c->instant.pause_micros = (now_nanos() - ram_done) / MICROS;
        return r < 0 ? r : expect_end(in);
}

/* Nothing is refused here: QEMU lets the guest run on before it sends the RAM, and ends by itself. */
static int read_background(vmtee_capture *c, struct source *s, struct input *in) {
        int r = head_read(&c->head, &c->memory, &c->limits, true, s);

        c->instant.mode = MODE_BACKGROUND;
        /* Right after the pause, in which the state of everything but the RAM was saved. */
        c->instant.millis = c->head.first_part_millis > 0 ? c->head.first_part_millis : wall_millis();
        if (r == 0)
                r = read_tail_in_time(&c->tail, s, in, c->limits.tail_bytes);
        return r < 0 ? r : expect_end(in);
}

static int read_image_whole(vmtee_capture *c, struct source *s) {
        const int r = head_read(&c->head, &c->memory, &c->limits, false, s);

        c->instant.millis = wall_millis();
        return r < 0 ? r : read_tail(&c->tail, s, c->limits.tail_bytes);
}

/* From a socket it comes as a running guest's does; QEMU, which has not stopped the guest, does not resume it either. */
static int read_suspended(vmtee_capture *c, struct source *s, struct input *in) {
        const int r = in->socket >= 0 ? read_live(c, s, in) : read_image_whole(c, s);

        c->instant.mode = MODE_SUSPENDED;
        c->instant.pause_micros = 0;
        return r;
}

static int read_in_mode(vmtee_capture *c, enum capture_mode mode, struct source *s, struct input *in) {
        switch (mode) {
        case MODE_LIVE:
                return read_live(c, s, in);
        case MODE_BACKGROUND:
                return read_background(c, s, in);
        default:
                return read_suspended(c, s, in);
        }
}

static int read_from(vmtee_capture *c, enum capture_mode mode, struct source *s, struct input *in) {
        int r = source_init(s);

        if (r == 0)
                r = read_in_mode(c, mode, s, in);
        if (r == 0)
                r = memory_check_complete(&c->memory);
        if (r == 0)
                r = run_state_check(&c->tail, c->instant.mode);
        source_free(s);
        c->state = r < 0 ? CAPTURE_FAILED : CAPTURE_READ;
        return r;
}

static int check_new(const vmtee_capture *c) {
        return c->state == CAPTURE_NEW ? 0 : vmtee_fail(-ESTALE, "the capture was used already");
}

static int capture_socket(vmtee_capture *c, enum capture_mode mode, int fd, uint32_t deadline_millis) {
        struct input in = { .waiter = waiter_until(c->cancel_fd, deadline_millis), .socket = fd };
        struct source s = { .read = read_socket, .from = &in, .end_error = -EPIPE };
        const int r = check_new(c);

        if (r < 0)
                return r;
        if (fd < 0)
                return vmtee_fail(-EBADF, "no socket to read the stream from");
        return read_from(c, mode, &s, &in);
}

int vmtee_capture_stream(vmtee_capture *c, int fd, uint32_t deadline_millis) {
        return capture_socket(c, MODE_LIVE, fd, deadline_millis);
}

int vmtee_capture_background(vmtee_capture *c, int fd, uint32_t deadline_millis) {
        return capture_socket(c, MODE_BACKGROUND, fd, deadline_millis);
}

int vmtee_capture_standing(vmtee_capture *c, int fd, uint32_t deadline_millis) {
        return capture_socket(c, MODE_SUSPENDED, fd, deadline_millis);
}

int vmtee_capture_vmstate(vmtee_capture *c, int image_fd, uint32_t deadline_millis) {
        struct input in = { .waiter = waiter_until(c->cancel_fd, deadline_millis), .socket = -1 };
        struct source s = { .read = read_image, .from = &in, .end_error = -EPROTO };
        int r = check_new(c);

        if (r == 0)
                r = vmstate_open(image_fd, &in.image);
        return r < 0 ? r : read_from(c, MODE_SUSPENDED, &s, &in);
}

int vmtee_vmstate_image(int *ret_fd) {
        const int fd = qcow2_make_empty();

        if (fd < 0)
                return fd;
        *ret_fd = fd;
        return 0;
}
