/* SPDX-License-Identifier: Apache-2.0 */
/* The key is the daemon's: what is opened here is leave to use it, for which another can be asked for when vmteed was
 * restarted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/handles.h"
#include "remote/claims_wire.h"
#include "util/detail.h"

static int begin(vmtee_key *k) {
        MESSAGE_CLEANUP struct message reply = { 0 };
        struct wire_in body;
        const struct call call = { .op = OP_KEY_OPEN, .millis = TPM_MILLIS };

        return take_id(link_call_locked(&k->link, &call, &reply, &body), &body, k->link.id);
}

static int ensure(vmtee_key *k) {
        int r;

        if (k->link.fd >= 0)
                return 0;
        r = link_connect(&k->link);
        if (r == 0)
                r = begin(k);
        /* A connection on which no key was opened is none. */
        if (r < 0 && k->link.fd >= 0) {
                close(k->link.fd);
                k->link.fd = -1;
        }
        return r;
}

int vmtee_key_open(const char *tcti, const char *state_dir, vmtee_key **ret) {
        vmtee_key *k = malloc(sizeof(*k));

        (void)tcti;
        (void)state_dir;
        if (!k)
                return vmtee_fail(-ENOMEM, "no memory");
        k->link = (struct link){ .fd = -1 };
        pthread_mutex_init(&k->link.lock, NULL);
        pthread_mutex_lock(&k->link.lock);
        const int r = ensure(k);
        pthread_mutex_unlock(&k->link.lock);
        if (r < 0)
                vmtee_key_close(k);
        else
                *ret = k;
        return r;
}

void vmtee_key_close(vmtee_key *k) {
        if (!k)
                return;
        link_close(&k->link);
        free(k);
}

int key_id(vmtee_key *k, uint8_t ret[static ID_SIZE]) {
        pthread_mutex_lock(&k->link.lock);
        const int r = ensure(k);
        memcpy(ret, k->link.id, ID_SIZE);
        pthread_mutex_unlock(&k->link.lock);
        return r;
}

/* Makes of a reply what the function gives. */
typedef int (*take_reply)(int64_t result, struct wire_in *body, void *into);

/* Once more where vmteed has gone since the last call. */
static int call_key(vmtee_key *k, const struct call *call, take_reply take, void *into) {
        int r = -ENODEV;

        pthread_mutex_lock(&k->link.lock);
        for (unsigned attempt = 0; attempt < 2 && r == -ENODEV; attempt++) {
                MESSAGE_CLEANUP struct message reply = { 0 };
                struct wire_in body;

                r = ensure(k);
                if (r < 0)
                        break;
                r = take(link_call_locked(&k->link, call, &reply, &body), &body, into);
                /* With a connection left, it is the TPM that has gone. */
                if (k->link.fd >= 0)
                        break;
        }
        pthread_mutex_unlock(&k->link.lock);
        return r;
}

struct room {
        uint8_t *buf;
        size_t size;
        size_t *ret_size;
};

static int take_blob(int64_t result, struct wire_in *body, void *into) {
        const struct room *room = into;

        return link_blob(result, body, room->buf, room->size, room->ret_size);
}

static int call_for_blob(vmtee_key *k, const struct call *call, uint8_t *buf, size_t size, size_t *ret_size) {
        struct room room = { buf, size, ret_size };

        return call_key(k, call, take_blob, &room);
}

int vmtee_key_evidence(vmtee_key *k, uint8_t *buf, size_t size, size_t *ret_size) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_u64(&w, size);
        return call_for_blob(k, &(struct call){ .op = OP_KEY_EVIDENCE, .request = &w, .millis = TPM_MILLIS }, buf, size,
                             ret_size);
}

int vmtee_key_activate(vmtee_key *k, const uint8_t *credential, size_t credential_size, const uint8_t *secret,
                       size_t secret_size, uint8_t *buf, size_t size, size_t *ret_size) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        if (credential_size > PACKET_SIZE || secret_size > PACKET_SIZE)
                return vmtee_fail(-EINVAL, "no credential is that long");
        put_u64(&w, size);
        put_blob(&w, credential, credential_size);
        put_blob(&w, secret, secret_size);
        return call_for_blob(k, &(struct call){ .op = OP_KEY_ACTIVATE, .request = &w, .millis = TPM_MILLIS }, buf, size,
                             ret_size);
}

int vmtee_report_sign(vmtee_key *k, const vmtee_capture *c, const struct vmtee_host_claims *host, uint8_t *buf, size_t size,
                      size_t *ret_size) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_raw(&w, c->link.id, ID_SIZE);
        put_u64(&w, size);
        put_claims(&w, host);
        return call_for_blob(k, &(struct call){ .op = OP_REPORT_SIGN, .request = &w, .millis = TPM_MILLIS }, buf, size,
                             ret_size);
}

static int take_counter(int64_t result, struct wire_in *body, void *into) {
        struct vmtee_counter counter;

        if (result < 0)
                return (int)result;
        counter.value = get_u64(body);
        const uint8_t *id = get_raw(body, sizeof(counter.id)), *name = get_raw(body, sizeof(counter.nv_name));
        if (result > 0 || !wire_in_done(body) || counter.value > INT64_MAX)
                return link_nonsense();
        memcpy(counter.id, id, sizeof(counter.id));
        memcpy(counter.nv_name, name, sizeof(counter.nv_name));
        *(struct vmtee_counter *)into = counter;
        return 0;
}

static int call_counter(vmtee_key *k, enum operation op, uint8_t slot, struct vmtee_counter *ret) {
        WIRE_OUT_CLEANUP struct wire_out w = { 0 };

        put_u8(&w, slot);
        return call_key(k, &(struct call){ .op = op, .request = &w, .millis = TPM_MILLIS }, take_counter, ret);
}

int vmtee_counter_read(vmtee_key *k, uint8_t slot, struct vmtee_counter *ret) {
        return call_counter(k, OP_COUNTER_READ, slot, ret);
}

int vmtee_counter_increment(vmtee_key *k, uint8_t slot, struct vmtee_counter *ret) {
        return call_counter(k, OP_COUNTER_INCREMENT, slot, ret);
}
