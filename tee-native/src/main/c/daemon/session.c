/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture.h"
#include "daemon/calls.h"
#include "daemon/daemon_key.h"
#include "util/detail.h"

/* How long a peer may be connected without having made a handle. */
enum { BEGIN_MILLIS = 10000 };

const struct served_call served_calls[OP_COUNT] = {
        [OP_CAPTURE_NEW] = { OBJECT_NONE, 0, 0, serve_capture_new },
        [OP_CAPTURE_OF_VM] = { OBJECT_CAPTURE, 0, 0, serve_capture_of_vm },
        [OP_CAPTURE_HOLD] = { OBJECT_CAPTURE, 0, 0, serve_capture_hold },
        [OP_CAPTURE_BACKGROUND] = { OBJECT_CAPTURE, 1, 1, serve_capture_background },
        [OP_CAPTURE_STREAM] = { OBJECT_CAPTURE, 1, 1, serve_capture_stream },
        [OP_CAPTURE_STANDING] = { OBJECT_CAPTURE, 1, 1, serve_capture_standing },
        [OP_CAPTURE_VMSTATE] = { OBJECT_CAPTURE, 1, 1, serve_capture_vmstate },
        [OP_CAPTURE_MEASURE] = { OBJECT_CAPTURE, 0, 0, serve_capture_measure },
        [OP_CAPTURE_CLAIMS] = { OBJECT_CAPTURE, 0, 0, serve_capture_claims },
        [OP_CAPTURE_DIFF] = { OBJECT_CAPTURE, 0, 0, serve_capture_diff },
        [OP_CAPTURE_READ] = { OBJECT_CAPTURE, 0, 0, serve_capture_read },
        [OP_CAPTURE_PROOF] = { OBJECT_CAPTURE, 0, 0, serve_capture_proof },
        [OP_VMSTATE_IMAGE] = { OBJECT_NONE, 0, 0, serve_vmstate_image },
        [OP_KEY_OPEN] = { OBJECT_NONE, 0, 0, serve_key_open },
        [OP_KEY_EVIDENCE] = { OBJECT_KEY, 0, 0, serve_key_evidence },
        [OP_KEY_ACTIVATE] = { OBJECT_KEY, 0, 0, serve_key_activate },
        [OP_COUNTER_READ] = { OBJECT_KEY, 0, 0, serve_counter_read },
        [OP_COUNTER_INCREMENT] = { OBJECT_KEY, 0, 0, serve_counter_increment },
        [OP_REPORT_SIGN] = { OBJECT_KEY, 0, 0, serve_report_sign },
        [OP_STORE_OPEN] = { OBJECT_NONE, 1, 1, serve_store_open },
        [OP_STORE_COLLECT] = { OBJECT_STORE, 0, FDS_MAX, serve_store_collect },
        [OP_SNAPSHOT_SAVE] = { OBJECT_STORE, 1, 1, serve_snapshot_save },
        [OP_SNAPSHOT_OPEN] = { OBJECT_NONE, 1, 1, serve_snapshot_open },
        [OP_SNAPSHOT_RESTORE] = { OBJECT_STORE, 2, 2, serve_snapshot_restore },
        [OP_SNAPSHOT_VERIFY] = { OBJECT_STORE, 1, 1, serve_snapshot_verify },
        [OP_SNAPSHOT_RAM] = { OBJECT_STORE, 2, 2, serve_snapshot_ram },
};

/* ---- for the calls ------------------------------------------------------------------------- */

int request_done(const struct request *q) {
        return wire_in_done(&q->in) ? 0 : vmtee_fail(-EPROTO, "a request that is not as it must be");
}

int request_fd(struct session *s, struct request *q, size_t i, const mode_t *types, size_t n_types, const char *what) {
        const int fd = q->message->fds[i];
        struct stat st;

        if (fstat(fd, &st) < 0)
                return vmtee_fail(-errno, "looking at the %s: %s", what, strerror(errno));
        if (S_ISDIR(st.st_mode) && daemon_key_is_state(s->key, &st))
                return vmtee_fail(-EACCES, "this directory is vmteed's own");
        for (size_t t = 0; t < n_types; t++)
                if ((st.st_mode & S_IFMT) == types[t])
                        return fd;
        return vmtee_fail(-EBADF, "the descriptor is no %s", what);
}

int request_directory(struct session *s, struct request *q, size_t i) {
        return request_fd(s, q, i, (const mode_t[]){ S_IFDIR }, 1, "directory");
}

int session_adopt(struct session *s, struct object *o, struct reply *a) {
        const int r = object_publish(o);

        if (r < 0) {
                object_release(o);
                return r;
        }
        put_raw(&a->out, o->id, ID_SIZE);
        pthread_mutex_lock(&s->lock);
        s->own = o;
        pthread_mutex_unlock(&s->lock);
        return 0;
}

int64_t session_adopt_capture(struct session *s, vmtee_capture *c, struct reply *a) {
        struct object *o = object_new(OBJECT_CAPTURE, s->user);

        if (!o) {
                vmtee_capture_free(c);
                return -ENOMEM;
        }
        o->capture = c;
        const int r = session_adopt(s, o, a);
        if (r == 0) {
                a->fds[EVENT_CANCEL] = c->cancel_fd;
                a->fds[EVENT_HELD] = c->hold.held_fd;
                a->fds[EVENT_RELEASE] = c->hold.release_fd;
                a->n_fds = CAPTURE_EVENTS;
        }
        return r;
}

uint8_t *blob_buffer(uint64_t room, size_t *ret_size) {
        const size_t most = REPLY_MAX - PACKET_SIZE;
        uint8_t *buf;

        *ret_size = room < most ? room : most;
        buf = malloc(*ret_size > 0 ? *ret_size : 1);
        if (!buf)
                (void)vmtee_fail(-ENOMEM, "no memory for a reply");
        return buf;
}

void put_failure(struct reply *a) {
        const char *sentence = vmtee_detail();

        put_blob(&a->out, sentence, strnlen(sentence, DETAIL_MAX));
}

int64_t blob_reply(struct reply *a, int r, uint8_t *buf, size_t size) {
        if (r == 0)
                put_blob(&a->out, buf, size);
        if (r == -ENOBUFS) {
                put_failure(a);
                put_u64(&a->out, size);
        }
        free(buf);
        return r;
}

/* ---- serving ------------------------------------------------------------------------------- */

static int64_t check(const struct session *s, const struct message *m) {
        if (m->protocol != PROTOCOL_VERSION || m->api != VMTEE_VERSION)
                return vmtee_fail(-EPROTO, "vmteed speaks version %d.%u, not %u.%u", PROTOCOL_VERSION, VMTEE_VERSION,
                                  m->protocol, m->api);
        if (m->code <= 0 || m->code >= OP_COUNT || !served_calls[m->code].serve)
                return vmtee_fail(-EPROTO, "vmteed knows no operation %lld", (long long)m->code);
        const struct served_call *c = &served_calls[m->code];
        if ((s->own ? s->own->kind : OBJECT_NONE) != c->own)
                return vmtee_fail(-EPROTO, "not an operation of this connection's handle");
        if (m->n_fds < c->fds_min || m->n_fds > c->fds_max)
                return vmtee_fail(-EPROTO, "an operation with %zu descriptors", m->n_fds);
        return 0;
}

static int answer(struct session *s, int64_t result, struct reply *a) {
        if (result < 0 && a->out.size == 0)
                put_failure(a);
        if (a->out.failed || a->out.size > REPLY_MAX) {
                wire_out_free(&a->out);
                result = vmtee_fail(-ENOMEM, "no room for the reply");
                put_failure(a);
                a->n_fds = 0;
        }
        return message_send(s->fd, result, a->out.bytes, a->out.size, a->fds, result < 0 ? 0 : a->n_fds);
}

static int serve_one(struct session *s, struct message *m) {
        struct request q = { .in = { .bytes = m->body, .size = m->size }, .message = m };
        struct reply a = { 0 };
        int64_t result = check(s, m);
        const bool understood = result == 0;

        if (understood)
                result = served_calls[m->code].serve(s, &q, &a);
        const int r = answer(s, result, &a);
        for (size_t i = 0; a.fds_ours && i < a.n_fds; i++)
                close(a.fds[i]);
        wire_out_free(&a.out);
        /* Who does not speak as we do is not listened to any longer. */
        return r < 0 || understood ? r : (int)result;
}

static void drop_own(struct session *s) {
        struct object *own = s->own;

        pthread_mutex_lock(&s->lock);
        s->own = NULL;
        pthread_mutex_unlock(&s->lock);
        if (!own)
                return;
        object_withdraw(own);
        object_release(own);
}

void session_init(struct session *s, int fd, uid_t user, struct daemon_key *key) {
        *s = (struct session){ .fd = fd, .user = user, .key = key };
        pthread_mutex_init(&s->lock, NULL);
}

void session_serve(struct session *s) {
        for (bool on = true; on;) {
                const struct message_bounds b = { .body = REQUEST_MAX, .fds = FDS_MAX,
                                                  .first_millis = s->own ? -1 : BEGIN_MILLIS };
                MESSAGE_CLEANUP struct message m = { 0 };

                if (message_receive(s->fd, &b, &m) <= 0)
                        break;
                if (m.code == OP_CLOSE) {
                        drop_own(s);
                        (void)message_send(s->fd, 0, NULL, 0, NULL, 0);
                        break;
                }
                on = serve_one(s, &m) >= 0;
        }
        drop_own(s);
}

void session_hang_up(struct session *s) {
        atomic_store(&s->hung, true);
        pthread_mutex_lock(&s->lock);
        if (s->own && s->own->kind == OBJECT_CAPTURE && !atomic_load(&s->draining))
                vmtee_capture_cancel(s->own->capture);
        pthread_mutex_unlock(&s->lock);
}
