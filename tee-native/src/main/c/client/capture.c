/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/handles.h"
#include "util/detail.h"
#include "util/wait.h"

int take_id(int64_t result, struct wire_in *body, uint8_t ret[static ID_SIZE]) {
        if (result < 0)
                return (int)result;
        const uint8_t *id = get_raw(body, ID_SIZE);
        if (result > 0 || !wire_in_done(body))
                return link_nonsense();
        memcpy(ret, id, ID_SIZE);
        return 0;
}

static int make_in(vmtee_capture *c, const struct call *call) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        struct wire_in body;
        int r = link_open(&c->link);

        if (r < 0)
                return r;
        r = take_id(link_call(&c->link, call, &reply, &body), &body, c->link.id);
        for (size_t i = 0; r == 0 && i < CAPTURE_EVENTS; i++)
                c->events[i] = message_take_fd(&reply, i);
        return r;
}

int capture_make(const struct call *call, vmtee_capture **ret) {
        vmtee_capture *c = malloc(sizeof(*c));

        if (!c)
                return vmtee_fail(-ENOMEM, "no memory for a capture");
        for (size_t i = 0; i < CAPTURE_EVENTS; i++)
                c->events[i] = -1;
        const int r = make_in(c, call);
        if (r < 0)
                vmtee_capture_free(c);
        else
                *ret = c;
        return r;
}

int vmtee_capture_new(const struct vmtee_limits *limits, vmtee_capture **ret) {
        const struct vmtee_limits l = limits ? *limits : (struct vmtee_limits){ 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_u8(&w, limits != NULL);
        put_u64(&w, l.ram_bytes);
        put_u32(&w, l.blocks);
        put_u32(&w, l.tail_bytes);
        return capture_make(&(struct call){ .op = OP_CAPTURE_NEW, .request = &w, .millis = SHORT_MILLIS,
                                            .fds_back = CAPTURE_EVENTS },
                            ret);
}

void vmtee_capture_free(vmtee_capture *c) {
        char sentence[DETAIL_MAX];

        if (!c)
                return;
        /* What it says of the failure that made this necessary is still wanted. */
        (void)snprintf(sentence, sizeof(sentence), "%s", vmtee_detail());
        link_close(&c->link);
        for (size_t i = 0; i < CAPTURE_EVENTS; i++)
                if (c->events[i] >= 0)
                        close(c->events[i]);
        free(c);
        (void)vmtee_fail(0, "%s", sentence);
}

void vmtee_capture_cancel(vmtee_capture *c) {
        (void)eventfd_write(c->events[EVENT_CANCEL], 1);
}

int vmtee_capture_of_vm(vmtee_capture *c, const uint8_t vm_uuid[VMTEE_UUID_SIZE]) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_raw(&w, vm_uuid, VMTEE_UUID_SIZE);
        return link_do(&c->link, &(struct call){ .op = OP_CAPTURE_OF_VM, .request = &w, .millis = SHORT_MILLIS });
}

int vmtee_capture_hold(vmtee_capture *c, uint32_t millis) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_u32(&w, millis);
        return link_do(&c->link, &(struct call){ .op = OP_CAPTURE_HOLD, .request = &w, .millis = SHORT_MILLIS });
}

int vmtee_capture_await_held(const vmtee_capture *c, uint32_t deadline_millis) {
        const struct waiter w = waiter_until(c->events[EVENT_CANCEL], deadline_millis);

        return waiter_ready(&w, c->events[EVENT_HELD], POLLIN);
}

void vmtee_capture_release(vmtee_capture *c) {
        (void)eventfd_write(c->events[EVENT_RELEASE], 1);
}

static int read_from(vmtee_capture *c, enum operation op, int fd, uint32_t deadline_millis) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_u32(&w, deadline_millis);
        return link_do(&c->link, &(struct call){ .op = op, .request = &w, .fds = &fd, .n_fds = 1,
                                                 .millis = (uint64_t)deadline_millis + MARGIN_MILLIS });
}

static int read_refused(vmtee_capture *c, enum operation op, int fd, uint32_t deadline_millis) {
        int r = link_check_fd(fd, "socket to read the stream from");

        if (r == 0)
                r = read_from(c, op, fd, deadline_millis);
        /* Nobody reads it any more, and the guest must not wait until the caller closes. */
        if (r == -ENODEV)
                (void)shutdown(fd, SHUT_RDWR);
        return r;
}

int vmtee_capture_stream(vmtee_capture *c, int fd, uint32_t deadline_millis) {
        return read_refused(c, OP_CAPTURE_STREAM, fd, deadline_millis);
}

int vmtee_capture_standing(vmtee_capture *c, int fd, uint32_t deadline_millis) {
        return read_refused(c, OP_CAPTURE_STANDING, fd, deadline_millis);
}

/* QEMU ends only once all of it was read, and its guest hangs before. */
static void drain(const vmtee_capture *c, int fd, uint32_t deadline_millis) {
        const struct waiter w = waiter_until(c->events[EVENT_CANCEL], deadline_millis);
        uint8_t *bytes = malloc(PACKET_SIZE);
        ssize_t n = 1;

        while (bytes && (n > 0 || errno == EAGAIN || errno == EINTR) && waiter_ready(&w, fd, POLLIN) == 0) {
                n = recv(fd, bytes, PACKET_SIZE, MSG_DONTWAIT);
                if (n == 0)
                        break;
        }
        free(bytes);
}

int vmtee_capture_background(vmtee_capture *c, int fd, uint32_t deadline_millis) {
        char sentence[DETAIL_MAX];
        int r = link_check_fd(fd, "socket to read the stream from");

        if (r == 0)
                r = read_from(c, OP_CAPTURE_BACKGROUND, fd, deadline_millis);
        if (r != -ENODEV)
                return r;
        (void)snprintf(sentence, sizeof(sentence), "%s", vmtee_detail());
        drain(c, fd, deadline_millis);
        return vmtee_fail(r, "%s", sentence);
}

int vmtee_capture_vmstate(vmtee_capture *c, int image_fd, uint32_t deadline_millis) {
        const int r = link_check_fd(image_fd, "image to read the state from");

        return r < 0 ? r : read_from(c, OP_CAPTURE_VMSTATE, image_fd, deadline_millis);
}

int vmtee_vmstate_image(int *ret_fd) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        struct wire_in body;
        struct link l;
        int64_t r = link_open(&l);

        if (r == 0)
                r = link_call(&l, &(struct call){ .op = OP_VMSTATE_IMAGE, .millis = SHORT_MILLIS, .fds_back = 1 }, &reply, &body);
        if (r == 0)
                *ret_fd = message_take_fd(&reply, 0);
        else if (r > 0)
                r = link_nonsense();
        if (l.fd >= 0)
                close(l.fd);
        pthread_mutex_destroy(&l.lock);
        return (int)r;
}

int vmtee_capture_measure(vmtee_capture *c, uint32_t threads) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_u32(&w, threads);
        return link_do(&c->link, &(struct call){ .op = OP_CAPTURE_MEASURE, .request = &w, .millis = BULK_MILLIS });
}

/* The lock of what is behind a const handle is no part of its state. */
static struct link *link_of(const vmtee_capture *c) {
        return (struct link *)&c->link;
}

int vmtee_capture_claims(const vmtee_capture *c, uint8_t *buf, size_t size, size_t *ret_size) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        struct wire_in body;

        put_u64(&w, size);
        const struct call call = { .op = OP_CAPTURE_CLAIMS, .request = &w, .millis = SHORT_MILLIS };
        return link_blob(link_call(link_of(c), &call, &reply, &body), &body, buf, size, ret_size);
}

int64_t vmtee_capture_diff(const vmtee_capture *a, const vmtee_capture *b, struct vmtee_page_run *buf, size_t size,
                           uint64_t *ret_total) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        const size_t most = size < RUNS_MAX ? size : RUNS_MAX;
        struct wire_in body;

        put_raw(&w, b->link.id, ID_SIZE);
        put_u32(&w, (uint32_t)most);
        const struct call call = { .op = OP_CAPTURE_DIFF, .request = &w, .millis = BULK_MILLIS };
        const int64_t n = link_call(link_of(a), &call, &reply, &body);
        if (n < 0)
                return n;
        const uint64_t total = get_u64(&body);
        if ((uint64_t)n > most)
                return link_nonsense();
        for (int64_t i = 0; i < n; i++)
                get_run(&body, &buf[i]);
        if (!wire_in_done(&body))
                return link_nonsense();
        *ret_total = total;
        return n;
}

/* At most READ_MAX bytes. */
static int64_t read_some(const vmtee_capture *c, const char *block, uint64_t offset, uint8_t *buf, size_t size) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        struct wire_in body;

        put_blob(&w, block, strlen(block));
        put_u64(&w, offset);
        put_u32(&w, (uint32_t)size);
        const struct call call = { .op = OP_CAPTURE_READ, .request = &w, .millis = SHORT_MILLIS };
        const int64_t n = link_call(link_of(c), &call, &reply, &body);
        if (n < 0)
                return n;
        const uint8_t *bytes = (uint64_t)n <= size ? get_raw(&body, (size_t)n) : NULL;
        if ((!bytes && n > 0) || !wire_in_done(&body))
                return link_nonsense();
        if (n > 0)
                memcpy(buf, bytes, (size_t)n);
        return n;
}

int64_t vmtee_capture_read(const vmtee_capture *c, const char *block, uint64_t offset, void *buf, size_t size) {
        size_t done = 0;

        if (strlen(block) > VMTEE_BLOCK_NAME_MAX)
                return vmtee_fail(-ENOENT, "no RAM block of that name");
        for (;;) {
                const size_t part = size - done < READ_MAX ? size - done : READ_MAX;
                const int64_t n = read_some(c, block, offset + done, (uint8_t *)buf + done, part);

                if (n < 0)
                        return n;
                done += (size_t)n;
                if (done == size || (size_t)n < part)
                        return (int64_t)done;
        }
}

int64_t vmtee_capture_proof(const vmtee_capture *c, const char *block, uint64_t page,
                            uint8_t buf[VMTEE_PROOF_MAX][VMTEE_DIGEST_SIZE]) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };
        struct wire_in body;

        if (strlen(block) > VMTEE_BLOCK_NAME_MAX)
                return vmtee_fail(-ENOENT, "no RAM block of that name");
        put_blob(&w, block, strlen(block));
        put_u64(&w, page);
        const struct call call = { .op = OP_CAPTURE_PROOF, .request = &w, .millis = SHORT_MILLIS };
        const int64_t n = link_call(link_of(c), &call, &reply, &body);
        if (n < 0)
                return n;
        const uint8_t *hashes = n > 0 && n <= VMTEE_PROOF_MAX ? get_raw(&body, (size_t)n * VMTEE_DIGEST_SIZE) : NULL;
        if (!hashes || !wire_in_done(&body))
                return link_nonsense();
        memcpy(buf, hashes, (size_t)n * VMTEE_DIGEST_SIZE);
        return n;
}
