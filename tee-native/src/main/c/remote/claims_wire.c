/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/claims_wire.h"

#include <string.h>

static void put_optional_text(struct wire_out *w, const char *text) {
        put_u8(w, text != NULL);
        if (text)
                put_blob(w, text, strnlen(text, CLAIM_TEXT_MAX));
}

static const char *get_optional_text(struct wire_in *w, char ret[static CLAIM_TEXT_MAX + 1]) {
        if (!get_bool(w))
                return NULL;
        get_text(w, CLAIM_TEXT_MAX, ret);
        return ret;
}

static void put_nonce(struct wire_out *w, const struct vmtee_host_claims *host) {
        const size_t size = host->nonce_size < CLAIM_NONCE_MAX ? host->nonce_size : CLAIM_NONCE_MAX;

        put_u8(w, host->nonce != NULL);
        put_u32(w, (uint32_t)size);
        if (host->nonce)
                put_raw(w, host->nonce, size);
}

static void get_nonce(struct wire_in *w, struct received_claims *ret) {
        const bool given = get_bool(w);
        const uint32_t size = get_u32(w);

        ret->host.nonce_size = size;
        if (!given)
                return;
        if (size > CLAIM_NONCE_MAX)
                w->failed = true;
        const uint8_t *bytes = get_raw(w, size);
        if (!bytes)
                return;
        memcpy(ret->nonce, bytes, size);
        ret->host.nonce = ret->nonce;
}

/* A list that is too long to be right needs not be sent to be refused. */
static void put_components(struct wire_out *w, const struct vmtee_host_claims *host) {
        const bool listed = host->components && host->n_components <= CLAIM_COMPONENTS_MAX;

        put_u8(w, listed);
        put_u64(w, host->n_components);
        for (size_t i = 0; listed && i < host->n_components; i++) {
                put_optional_text(w, host->components[i].name);
                put_raw(w, host->components[i].digest, VMTEE_DIGEST_SIZE);
                put_u64(w, host->components[i].size);
        }
}

static void get_components(struct wire_in *w, struct received_claims *ret) {
        const bool listed = get_bool(w);

        ret->host.n_components = get_u64(w);
        if (!listed)
                return;
        if (ret->host.n_components > CLAIM_COMPONENTS_MAX)
                w->failed = true;
        for (size_t i = 0; !w->failed && i < ret->host.n_components; i++) {
                struct vmtee_host_component *c = &ret->components[i];

                c->name = get_optional_text(w, ret->names[i]);
                const uint8_t *digest = get_raw(w, VMTEE_DIGEST_SIZE);
                if (digest)
                        memcpy(c->digest, digest, VMTEE_DIGEST_SIZE);
                c->size = get_u64(w);
        }
        ret->host.components = ret->components;
}

void put_claims(struct wire_out *w, const struct vmtee_host_claims *host) {
        put_raw(w, host->vm_uuid, sizeof(host->vm_uuid));
        put_optional_text(w, host->vm_name);
        put_optional_text(w, host->host_id);
        put_optional_text(w, host->trigger);
        put_nonce(w, host);
        put_u64(w, host->pause_micros);
        put_u64(w, host->sequence);
        put_u8(w, host->previous_digest != NULL);
        if (host->previous_digest)
                put_raw(w, host->previous_digest, VMTEE_DIGEST_SIZE);
        put_components(w, host);
}

void get_claims(struct wire_in *w, struct received_claims *ret) {
        struct vmtee_host_claims *host = &ret->host;
        const uint8_t *bytes = get_raw(w, sizeof(host->vm_uuid));

        if (bytes)
                memcpy(host->vm_uuid, bytes, sizeof(host->vm_uuid));
        host->vm_name = get_optional_text(w, ret->vm_name);
        host->host_id = get_optional_text(w, ret->host_id);
        host->trigger = get_optional_text(w, ret->trigger);
        get_nonce(w, ret);
        host->pause_micros = get_u64(w);
        host->sequence = get_u64(w);
        bytes = get_bool(w) ? get_raw(w, VMTEE_DIGEST_SIZE) : NULL;
        if (bytes) {
                memcpy(ret->previous_digest, bytes, VMTEE_DIGEST_SIZE);
                host->previous_digest = ret->previous_digest;
        }
        get_components(w, ret);
}
