/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/calls.h"
#include "daemon/daemon_key.h"
#include "remote/claims_wire.h"
#include "util/cleanup.h"
#include "util/detail.h"

int64_t serve_key_open(struct session *s, struct request *q, struct reply *a) {
        vmtee_key *key;
        int r = request_done(q);

        if (r == 0)
                r = daemon_key_get(s->key, &key);
        if (r < 0)
                return r;
        struct object *o = object_new(OBJECT_KEY, s->user);
        if (!o)
                return -ENOMEM;
        o->key = key;
        return session_adopt(s, o, a);
}

int64_t serve_key_evidence(struct session *s, struct request *q, struct reply *a) {
        const uint64_t room = get_u64(&q->in);
        size_t size, needed = 0;
        int r = request_done(q);

        if (r < 0)
                return r;
        uint8_t *buf = blob_buffer(room, &size);
        /* Not within the last line: nothing says that its arguments are evaluated from left to right. */
        r = buf ? vmtee_key_evidence(s->own->key, buf, size, &needed) : -ENOMEM;
        return blob_reply(a, r, buf, needed);
}

int64_t serve_key_activate(struct session *s, struct request *q, struct reply *a) {
        const uint64_t room = get_u64(&q->in);
        size_t credential_size, secret_size, size, needed = 0;
        const uint8_t *credential = get_blob(&q->in, PACKET_SIZE, &credential_size);
        const uint8_t *secret = get_blob(&q->in, PACKET_SIZE, &secret_size);
        int r = request_done(q);

        if (r < 0)
                return r;
        uint8_t *buf = blob_buffer(room, &size);
        r = buf ? vmtee_key_activate(s->own->key, credential, credential_size, secret, secret_size, buf, size, &needed) : -ENOMEM;
        return blob_reply(a, r, buf, needed);
}

static int64_t serve_counter(struct session *s, struct request *q, struct reply *a,
                             int (*call)(vmtee_key *, uint8_t, struct vmtee_counter *)) {
        const uint8_t slot = get_u8(&q->in);
        struct vmtee_counter counter;
        int r = request_done(q);

        if (r == 0)
                r = call(s->own->key, slot, &counter);
        if (r < 0)
                return r;
        put_u64(&a->out, counter.value);
        put_raw(&a->out, counter.id, sizeof(counter.id));
        put_raw(&a->out, counter.nv_name, sizeof(counter.nv_name));
        return 0;
}

int64_t serve_counter_read(struct session *s, struct request *q, struct reply *a) {
        return serve_counter(s, q, a, vmtee_counter_read);
}

int64_t serve_counter_increment(struct session *s, struct request *q, struct reply *a) {
        return serve_counter(s, q, a, vmtee_counter_increment);
}

static int64_t sign(struct session *s, struct object *capture, const struct vmtee_host_claims *host, uint64_t room,
                    struct reply *a) {
        size_t size, needed = 0;
        int r = objects_lock(capture, NULL);

        if (r < 0)
                return r;
        uint8_t *buf = blob_buffer(room, &size);
        r = buf ? vmtee_report_sign(s->own->key, capture->capture, host, buf, size, &needed) : -ENOMEM;
        objects_unlock(capture, NULL);
        return blob_reply(a, r, buf, needed);
}

int64_t serve_report_sign(struct session *s, struct request *q, struct reply *a) {
        const uint8_t *id = get_raw(&q->in, ID_SIZE);
        const uint64_t room = get_u64(&q->in);
        CLEANUP_FREE struct received_claims *claims = calloc(1, sizeof(*claims));

        if (!claims)
                return vmtee_fail(-ENOMEM, "no memory for claims");
        get_claims(&q->in, claims);
        int64_t r = request_done(q);
        if (r < 0)
                return r;
        struct object *capture = object_find(OBJECT_CAPTURE, id, s->user);
        if (!capture)
                return -ENODEV;
        r = sign(s, capture, &claims->host, room, a);
        object_release(capture);
        return r;
}
