/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "daemon/calls.h"
#include "util/detail.h"

int64_t serve_capture_new(struct session *s, struct request *q, struct reply *a) {
        const bool given = get_bool(&q->in);
        struct vmtee_limits limits;
        vmtee_capture *c;

        limits.ram_bytes = get_u64(&q->in);
        limits.blocks = get_u32(&q->in);
        limits.tail_bytes = get_u32(&q->in);
        int r = request_done(q);
        if (r == 0)
                r = vmtee_capture_new(given ? &limits : NULL, &c);
        return r < 0 ? r : session_adopt_capture(s, c, a);
}

typedef int (*reading)(vmtee_capture *c, int fd, uint32_t deadline_millis);

static int64_t read_from(struct session *s, struct request *q, int fd, reading read) {
        const uint32_t millis = get_u32(&q->in);
        int r = fd < 0 ? fd : request_done(q);

        if (r == 0)
                r = objects_lock(s->own, NULL);
        if (r < 0)
                return r;
        r = read(s->own->capture, fd, millis);
        objects_unlock(s->own, NULL);
        return r;
}

static int stream_socket(struct session *s, struct request *q) {
        const int fd = request_fd(s, q, 0, (const mode_t[]){ S_IFSOCK }, 1, "socket to read a stream from");
        int type;
        socklen_t size = sizeof(type);

        if (fd >= 0 && (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM))
                return vmtee_fail(-EBADF, "the descriptor is no stream socket");
        return fd;
}

int64_t serve_capture_stream(struct session *s, struct request *q, struct reply *a) {
        (void)a;
        return read_from(s, q, stream_socket(s, q), vmtee_capture_stream);
}

int64_t serve_capture_standing(struct session *s, struct request *q, struct reply *a) {
        (void)a;
        return read_from(s, q, stream_socket(s, q), vmtee_capture_standing);
}

/* A guest that nobody reads any more would hang: it is read to its end, also for a client that has gone. */
int64_t serve_capture_background(struct session *s, struct request *q, struct reply *a) {
        (void)a;
        atomic_store(&s->draining, true);
        const int64_t r = read_from(s, q, stream_socket(s, q), vmtee_capture_background);
        atomic_store(&s->draining, false);
        return r;
}

static int64_t call_with_number(struct session *s, struct request *q, int (*call)(vmtee_capture *, uint32_t)) {
        const uint32_t number = get_u32(&q->in);
        int r = request_done(q);

        if (r == 0)
                r = objects_lock(s->own, NULL);
        if (r < 0)
                return r;
        r = call(s->own->capture, number);
        objects_unlock(s->own, NULL);
        return r;
}

int64_t serve_capture_of_vm(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *vm = get_raw(&q->in, VMTEE_UUID_SIZE);
        int r = request_done(q);

        (void)a;
        if (r == 0)
                r = objects_lock(s->own, NULL);
        if (r < 0)
                return r;
        r = vmtee_capture_of_vm(s->own->capture, vm);
        objects_unlock(s->own, NULL);
        return r;
}

int64_t serve_capture_hold(struct session *s, struct request *q, struct reply *a) {
        (void)a;
        return call_with_number(s, q, vmtee_capture_hold);
}

int64_t serve_capture_vmstate(struct session *s, struct request *q, struct reply *a) {
        (void)a;
        return read_from(s, q, request_fd(s, q, 0, (const mode_t[]){ S_IFREG }, 1, "image"), vmtee_capture_vmstate);
}

int64_t serve_capture_measure(struct session *s, struct request *q, struct reply *a) {
        (void)a;
        return call_with_number(s, q, vmtee_capture_measure);
}

int64_t serve_capture_claims(struct session *s, struct request *q, struct reply *a) {
        const uint64_t room = get_u64(&q->in);
        size_t size, needed = 0;
        int r = request_done(q);

        if (r == 0)
                r = objects_lock(s->own, NULL);
        if (r < 0)
                return r;
        uint8_t *buf = blob_buffer(room, &size);
        r = buf ? vmtee_capture_claims(s->own->capture, buf, size, &needed) : -ENOMEM;
        objects_unlock(s->own, NULL);
        return blob_reply(a, r, buf, needed);
}

static int64_t compare(struct session *s, const struct object *other, uint32_t most, struct reply *a) {
        struct vmtee_page_run *runs = calloc(most > 0 ? most : 1, sizeof(*runs));
        uint64_t total;

        if (!runs)
                return vmtee_fail(-ENOMEM, "no memory to compare");
        const int64_t n = vmtee_capture_diff(s->own->capture, other->capture, runs, most, &total);
        if (n >= 0)
                put_u64(&a->out, total);
        for (int64_t i = 0; i < n; i++)
                put_run(&a->out, &runs[i]);
        free(runs);
        return n;
}

int64_t serve_capture_diff(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *id = get_raw(&q->in, ID_SIZE);
        const uint32_t most = get_u32(&q->in);
        int64_t r = request_done(q);

        if (r == 0 && most > RUNS_MAX)
                r = vmtee_fail(-EPROTO, "more than %d runs asked for", RUNS_MAX);
        if (r < 0)
                return r;
        struct object *other = object_find(OBJECT_CAPTURE, id, s->user);
        if (!other)
                return -ENODEV;
        r = objects_lock(s->own, other);
        if (r == 0) {
                r = compare(s, other, most, a);
                objects_unlock(s->own, other);
        }
        object_release(other);
        return r;
}

static int64_t copy_memory(struct session *s, const char *block, uint64_t offset, uint32_t size, struct reply *a) {
        uint8_t *buf = malloc(size > 0 ? size : 1);
        int64_t n = buf ? objects_lock(s->own, NULL) : vmtee_fail(-ENOMEM, "no memory to read into");

        if (n == 0) {
                n = vmtee_capture_read(s->own->capture, block, offset, buf, size);
                objects_unlock(s->own, NULL);
        }
        if (n > 0)
                put_raw(&a->out, buf, (size_t)n);
        free(buf);
        return n;
}

int64_t serve_capture_read(struct session *s, struct request *q, struct reply *a) {
        char block[VMTEE_BLOCK_NAME_MAX + 1];

        get_text(&q->in, VMTEE_BLOCK_NAME_MAX, block);
        const uint64_t offset = get_u64(&q->in);
        const uint32_t size = get_u32(&q->in);
        int64_t r = request_done(q);
        if (r == 0 && size > READ_MAX)
                r = vmtee_fail(-EPROTO, "more than %d bytes asked for", READ_MAX);
        return r < 0 ? r : copy_memory(s, block, offset, size, a);
}

int64_t serve_capture_proof(struct session *s, struct request *q, struct reply *a) {
        char block[VMTEE_BLOCK_NAME_MAX + 1];
        uint8_t hashes[VMTEE_PROOF_MAX][VMTEE_DIGEST_SIZE];

        get_text(&q->in, VMTEE_BLOCK_NAME_MAX, block);
        const uint64_t page = get_u64(&q->in);
        int64_t n = request_done(q);
        if (n == 0)
                n = objects_lock(s->own, NULL);
        if (n < 0)
                return n;
        n = vmtee_capture_proof(s->own->capture, block, page, hashes);
        objects_unlock(s->own, NULL);
        if (n > 0)
                put_raw(&a->out, hashes, (size_t)n * VMTEE_DIGEST_SIZE);
        return n;
}

int64_t serve_vmstate_image(struct session *s, struct request *q, struct reply *a) {
        int r = request_done(q);

        (void)s;
        if (r == 0)
                r = vmtee_vmstate_image(&a->fds[0]);
        if (r == 0) {
                a->n_fds = 1;
                a->fds_ours = true;
        }
        return r;
}
