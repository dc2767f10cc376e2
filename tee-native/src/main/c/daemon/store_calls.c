/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/calls.h"
#include "util/cleanup.h"
#include "util/detail.h"
#include "util/wait.h"

/* How long one call waits for another that writes to the same store. */
enum { WRITER_MILLIS = 10 * 60 * 1000, RETRY_NANOS = 20 * 1000 * 1000 };

/* ---- writing to a store -------------------------------------------------------------------- */

static bool peer_has_gone(const struct session *s) {
        struct pollfd p = { .fd = s->fd };

        return atomic_load(&s->hung) || (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)));
}

/* The client's own locks end with it, but not the call it made. A writer whose client has gone must neither meet the next one,
 * nor come after it with what it knew of the store before. */
static int begin_writing(struct session *s) {
        const struct timespec pause = { .tv_nsec = RETRY_NANOS };
        const struct waiter w = waiter_until(-1, WRITER_MILLIS);

        while (flock(s->own->dirfd, LOCK_EX | LOCK_NB) < 0) {
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return vmtee_fail(-errno, "locking the store: %s", strerror(errno));
                if (peer_has_gone(s))
                        return vmtee_fail(-ECANCELED, "the client has gone");
                if (waiter_check(&w) < 0)
                        return vmtee_fail(-ETIMEDOUT, "another call keeps writing to the store");
                nanosleep(&pause, NULL);
        }
        if (!peer_has_gone(s))
                return 0;
        (void)flock(s->own->dirfd, LOCK_UN);
        return vmtee_fail(-ECANCELED, "the client has gone");
}

static void end_writing(struct session *s) {
        (void)flock(s->own->dirfd, LOCK_UN);
}

/* Takes the own store, to be written to, and another handle. */
static int begin(struct session *s, struct object *other) {
        int r = objects_lock(s->own, other);

        if (r < 0)
                return r;
        r = begin_writing(s);
        if (r < 0)
                objects_unlock(s->own, other);
        return r;
}

static void end(struct session *s, struct object *other) {
        end_writing(s);
        objects_unlock(s->own, other);
}

/* ---- store --------------------------------------------------------------------------------- */

static int open_store(struct object *o, int fd, vmtee_key *key) {
        o->dirfd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (o->dirfd < 0)
                return vmtee_fail(-errno, "opening the store: %s", strerror(errno));
        return vmtee_store_open(o->dirfd, key, &o->store);
}

static int64_t open_with(struct session *s, int fd, vmtee_key *key, struct reply *a) {
        struct object *o = object_new(OBJECT_STORE, s->user);

        if (!o)
                return -ENOMEM;
        const int r = open_store(o, fd, key);
        if (r < 0) {
                object_release(o);
                return r;
        }
        return session_adopt(s, o, a);
}

int64_t serve_store_open(struct session *s, struct request *q, struct reply *a) {
        const bool with_key = get_bool(&q->in);
        const uint8_t *id = get_raw(&q->in, ID_SIZE);
        const int fd = request_directory(s, q, 0);
        struct object *key = NULL;
        int64_t r = fd < 0 ? fd : request_done(q);

        if (r < 0)
                return r;
        if (with_key) {
                key = object_find(OBJECT_KEY, id, s->user);
                if (!key)
                        return -ENODEV;
        }
        r = open_with(s, fd, key ? key->key : NULL, a);
        object_release(key);
        return r;
}

int64_t serve_store_collect(struct session *s, struct request *q, struct reply *a) {
        const bool only_count = get_bool(&q->in);
        const size_t n = q->message->n_fds;
        uint64_t bytes = 0;
        int r = request_done(q);

        for (size_t i = 0; r == 0 && i < n; i++) {
                const int fd = request_directory(s, q, i);

                r = fd < 0 ? fd : 0;
        }
        if (r == 0)
                r = begin(s, NULL);
        if (r < 0)
                return r;
        r = vmtee_store_collect(s->own->store, q->message->fds, n, only_count, &bytes);
        end(s, NULL);
        if (r == 0)
                put_u64(&a->out, bytes);
        return r;
}

/* ---- snapshot ------------------------------------------------------------------------------ */

static int64_t save(struct session *s, struct object *capture, int fd, uint32_t threads, struct reply *a) {
        struct vmtee_saved saved;
        int r = begin(s, capture);

        if (r < 0)
                return r;
        r = vmtee_snapshot_save(s->own->store, capture->capture, fd, threads, &saved);
        end(s, capture);
        if (r < 0)
                return r;
        put_u64(&a->out, saved.pages);
        put_u64(&a->out, saved.new_pages);
        put_u64(&a->out, saved.bytes);
        return 0;
}

int64_t serve_snapshot_save(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *id = get_raw(&q->in, ID_SIZE);
        const uint32_t threads = get_u32(&q->in);
        const int fd = request_directory(s, q, 0);
        int64_t r = fd < 0 ? fd : request_done(q);

        if (r < 0)
                return r;
        struct object *capture = object_find(OBJECT_CAPTURE, id, s->user);
        if (!capture)
                return -ENODEV;
        r = save(s, capture, fd, threads, a);
        object_release(capture);
        return r;
}

int64_t serve_snapshot_open(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *id = get_raw(&q->in, ID_SIZE), *digest = get_raw(&q->in, VMTEE_DIGEST_SIZE);
        const int fd = request_directory(s, q, 0);
        int64_t r = fd < 0 ? fd : request_done(q);
        vmtee_capture *c;

        if (r < 0)
                return r;
        struct object *store = object_find(OBJECT_STORE, id, s->user);
        if (!store)
                return -ENODEV;
        r = objects_lock(store, NULL);
        if (r == 0) {
                r = vmtee_snapshot_open(store->store, fd, digest, &c);
                objects_unlock(store, NULL);
        }
        object_release(store);
        return r < 0 ? r : session_adopt_capture(s, c, a);
}

static int64_t pages_reply(struct reply *a, int r, const struct vmtee_page_run *bad) {
        if (r == -EBADMSG) {
                put_failure(a);
                put_run(&a->out, bad);
        }
        return r;
}

static int output_file(struct session *s, struct request *q) {
        return request_fd(s, q, 1, (const mode_t[]){ S_IFIFO, S_IFREG, S_IFCHR }, 3, "file to write the save image to");
}

int64_t serve_snapshot_restore(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *digest = get_raw(&q->in, VMTEE_DIGEST_SIZE);
        const uint32_t millis = get_u32(&q->in);
        CLEANUP_FREE char *xml = malloc(REQUEST_MAX + 1);
        struct vmtee_page_run bad = { 0 };

        if (!xml)
                return vmtee_fail(-ENOMEM, "no memory for the domain's XML");
        get_text(&q->in, REQUEST_MAX, xml);
        const int dirfd = request_directory(s, q, 0), out = output_file(s, q);
        int r = dirfd < 0 ? dirfd : out < 0 ? out : request_done(q);
        if (r == 0)
                r = objects_lock(s->own, NULL);
        if (r < 0)
                return r;
        r = vmtee_snapshot_restore(s->own->store, dirfd, digest, xml, out, millis, &bad);
        objects_unlock(s->own, NULL);
        return pages_reply(a, r, &bad);
}

/* Bad pages are written down beside the packs. */
int64_t serve_snapshot_verify(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *digest = get_raw(&q->in, VMTEE_DIGEST_SIZE);
        const int fd = request_directory(s, q, 0);
        struct vmtee_page_run bad = { 0 };
        int r = fd < 0 ? fd : request_done(q);

        if (r == 0)
                r = begin(s, NULL);
        if (r < 0)
                return r;
        r = vmtee_snapshot_verify(s->own->store, fd, digest, &bad);
        end(s, NULL);
        return pages_reply(a, r, &bad);
}

int64_t serve_snapshot_ram(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *digest = get_raw(&q->in, VMTEE_DIGEST_SIZE);
        char block[VMTEE_BLOCK_NAME_MAX + 1];
        struct vmtee_page_run bad = { 0 };

        get_text(&q->in, VMTEE_BLOCK_NAME_MAX, block);
        const int dirfd = request_directory(s, q, 0);
        const int out = request_fd(s, q, 1, (const mode_t[]){ S_IFREG }, 1, "file to write RAM to");
        int r = dirfd < 0 ? dirfd : out < 0 ? out : request_done(q);
        if (r == 0)
                r = objects_lock(s->own, NULL);
        if (r < 0)
                return r;
        r = vmtee_snapshot_ram(s->own->store, dirfd, digest, block, out, &bad);
        objects_unlock(s->own, NULL);
        return pages_reply(a, r, &bad);
}
