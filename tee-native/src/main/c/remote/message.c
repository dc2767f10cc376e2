/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/message.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "remote/wire.h"
#include "util/detail.h"
#include "util/wait.h"

union control {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(FDS_PER_PACKET * sizeof(int))];
};

static size_t at_most(size_t n, size_t max) {
        return n < max ? n : max;
}

void message_free(struct message *m) {
        for (size_t i = 0; i < m->n_fds; i++)
                if (m->fds[i] >= 0)
                        close(m->fds[i]);
        free(m->body);
        m->body = NULL;
        m->n_fds = m->size = 0;
}

int message_take_fd(struct message *m, size_t i) {
        const int fd = m->fds[i];

        m->fds[i] = -1;
        return fd;
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* What does not fit is closed, and makes the message a bad one. */
static int adopt_fds(struct message *m, struct msghdr *h) {
        int r = (h->msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0 ? 0 : -EPROTO;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < n; i++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
                        if (m->n_fds < FDS_MAX) {
                                m->fds[m->n_fds++] = fd;
                        } else {
                                close(fd);
                                r = -EPROTO;
                        }
                }
        }
        return r;
}

/* Receives a packet of exactly that size: 1, 0 at the end, or a negative errno. */
static int receive_packet(int socket, const struct waiter *w, struct message *m, void *buf, size_t size) {
        union control control;
        struct iovec io = { .iov_base = buf, .iov_len = size };

        for (;;) {
                struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control.bytes,
                                    .msg_controllen = sizeof(control.bytes) };
                const int ready = w ? waiter_ready(w, socket, POLLIN) : 0;

                if (ready < 0)
                        return ready;
                const ssize_t n = recvmsg(socket, &h, MSG_CMSG_CLOEXEC | (w ? MSG_DONTWAIT : 0));
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        continue;
                if (n < 0 && errno == ECONNRESET)
                        return 0;
                if (n < 0)
                        return vmtee_fail(-errno, "cannot receive: %s", strerror(errno));
                const int r = adopt_fds(m, &h);
                if (n == 0 && r == 0 && m->n_fds == 0)
                        return 0;
                return r == 0 && (size_t)n == size ? 1 : vmtee_fail(-EPROTO, "a packet that is not part of a message");
        }
}

static int decode_header(const uint8_t *bytes, const struct message_bounds *b, struct message *m, size_t *ret_fds,
                         size_t *ret_size) {
        struct wire_in w = { .bytes = bytes, .size = HEADER_SIZE };
        const uint8_t *magic = get_raw(&w, strlen(PROTOCOL_MAGIC));

        if (memcmp(magic, PROTOCOL_MAGIC, strlen(PROTOCOL_MAGIC)) != 0)
                return vmtee_fail(-EPROTO, "what came is no message");
        const uint32_t versions = get_u32(&w);
        m->protocol = versions >> 16;
        m->api = versions & 0xffff;
        m->code = (int64_t)get_u64(&w);
        *ret_fds = get_u32(&w);
        *ret_size = get_u32(&w);
        if (*ret_fds > b->fds || *ret_size > b->body)
                return vmtee_fail(-EPROTO, "a message beyond its bounds");
        return 0;
}

/* Descriptors come with the packets that announce them, never before. */
static int check_fds(const struct message *m, size_t announced) {
        return m->n_fds == announced ? 0 : vmtee_fail(-EPROTO, "a message with other descriptors than it says");
}

static int receive_fds(int socket, const struct waiter *w, struct message *m, size_t n) {
        int r = check_fds(m, at_most(n, FDS_PER_PACKET));

        while (r == 0 && m->n_fds < n) {
                const size_t expected = m->n_fds + at_most(n - m->n_fds, FDS_PER_PACKET);
                uint8_t byte;

                r = receive_packet(socket, w, m, &byte, 1);
                if (r == 0)
                        r = vmtee_fail(-EPROTO, "the peer closed within a message");
                r = r < 0 ? r : check_fds(m, expected);
        }
        return r;
}

/* The room grows with what has come. */
static int receive_body(int socket, const struct waiter *w, struct message *m, size_t size) {
        const size_t n_fds = m->n_fds;

        while (m->size < size) {
                const size_t n = at_most(size - m->size, PACKET_SIZE);
                uint8_t *body = realloc(m->body, m->size + n);

                if (!body)
                        return vmtee_fail(-ENOMEM, "no memory for a message");
                m->body = body;
                int r = receive_packet(socket, w, m, body + m->size, n);
                if (r == 0)
                        r = vmtee_fail(-EPROTO, "the peer closed within a message");
                if (r > 0)
                        r = check_fds(m, n_fds);
                if (r < 0)
                        return r;
                m->size += n;
        }
        return 0;
}

static int receive(int socket, const struct message_bounds *b, struct message *m) {
        const struct waiter first = waiter_until(-1, b->first_millis < 0 ? 0 : (uint32_t)b->first_millis);
        uint8_t header[HEADER_SIZE];
        size_t n_fds = 0, size = 0;
        int r = receive_packet(socket, b->first_millis < 0 ? NULL : &first, m, header, sizeof(header));

        if (r <= 0)
                return r;
        const struct waiter rest = waiter_until(-1, IO_MILLIS);
        r = decode_header(header, b, m, &n_fds, &size);
        if (r == 0)
                r = receive_fds(socket, &rest, m, n_fds);
        if (r == 0)
                r = receive_body(socket, &rest, m, size);
        return r < 0 ? r : 1;
}

int message_receive(int socket, const struct message_bounds *bounds, struct message *ret) {
        ret->body = NULL;
        ret->n_fds = ret->size = 0;
        const int r = receive(socket, bounds, ret);
        if (r <= 0)
                message_free(ret);
        return r;
}

/* ---- sending ------------------------------------------------------------------------------- */

static void attach_fds(struct msghdr *h, union control *control, const int *fds, size_t n) {
        if (n == 0)
                return;
        memset(control, 0, sizeof(*control));
        h->msg_control = control->bytes;
        h->msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(h);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n * sizeof(int));
}

static int send_packet(int socket, const struct waiter *w, const void *data, size_t size, const int *fds, size_t n_fds) {
        union control control;
        struct iovec io = { .iov_base = (void *)data, .iov_len = size };
        struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };

        attach_fds(&h, &control, fds, n_fds);
        for (;;) {
                if (sendmsg(socket, &h, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
                        return 0;
                if (errno == ECONNRESET)
                        errno = EPIPE;
                if (errno != EAGAIN && errno != EINTR)
                        return vmtee_fail(-errno, "cannot send: %s", strerror(errno));
                const int r = waiter_ready(w, socket, POLLOUT);
                if (r < 0)
                        return r;
        }
}

static void encode_header(struct wire_out *w, int64_t code, size_t size, size_t n_fds) {
        put_raw(w, PROTOCOL_MAGIC, strlen(PROTOCOL_MAGIC));
        put_u32(w, (uint32_t)PROTOCOL_VERSION << 16 | VMTEE_VERSION);
        put_u64(w, (uint64_t)code);
        put_u32(w, (uint32_t)n_fds);
        put_u32(w, (uint32_t)size);
}

int message_send(int socket, int64_t code, const void *body, size_t size, const int *fds, size_t n_fds) {
        const struct waiter w = waiter_until(-1, IO_MILLIS);
        WIRE_OUT_CLEANUP struct wire_out header = { 0 };
        size_t sent = at_most(n_fds, FDS_PER_PACKET);

        encode_header(&header, code, size, n_fds);
        if (header.failed)
                return vmtee_fail(-ENOMEM, "no memory for a message");
        int r = send_packet(socket, &w, header.bytes, header.size, fds, sent);
        while (r == 0 && sent < n_fds) {
                const size_t n = at_most(n_fds - sent, FDS_PER_PACKET);

                r = send_packet(socket, &w, "", 1, fds + sent, n);
                sent += n;
        }
        for (size_t done = 0; r == 0 && done < size; done += PACKET_SIZE)
                r = send_packet(socket, &w, (const uint8_t *)body + done, at_most(size - done, PACKET_SIZE), NULL, 0);
        return r;
}
