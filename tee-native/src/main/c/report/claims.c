/* SPDX-License-Identifier: Apache-2.0 */
#include "claims.h"

/* Keys of `claims`; the first three are registered (RFC 8392, RFC 9711). */
enum {
        CLAIM_IAT = 6,
        CLAIM_NONCE = 10,
        CLAIM_PROFILE = 265,
        CLAIM_MEASURED = -70000,
        CLAIM_HOST = -70001,
        CLAIM_STATE_HASH = -70002,
        CLAIM_TEE_CLOCK = -70003,
};

enum {
        COSE_ALGORITHM_SHA_256 = -16, /* RFC 9054, 2.1 */
};

static const char profile[] = "tag:vmattest.io,2026:report/1";

void encode_component(struct cbor_writer *w, const char *name, const uint8_t digest[static VMTEE_DIGEST_SIZE],
                      uint64_t size) {
        cbor_array(w, 4);
        cbor_text(w, name);
        cbor_int(w, COSE_ALGORITHM_SHA_256);
        cbor_bytes(w, digest, VMTEE_DIGEST_SIZE);
        cbor_uint(w, size);
}

static void encode_vcpu(struct cbor_writer *w, const struct measured_vcpu *vcpu) {
        cbor_map(w, vcpu->n_registers);
        for (size_t i = 0; i < vcpu->n_registers; i++) {
                cbor_text(w, vcpu->registers[i].name);
                cbor_bytes(w, vcpu->registers[i].value, vcpu->registers[i].size);
        }
}

static void encode_device(struct cbor_writer *w, const struct measured_device *device) {
        cbor_array(w, 4);
        cbor_text(w, device->section);
        cbor_uint(w, device->instance);
        cbor_uint(w, device->version);
        cbor_bytes(w, device->digest, sizeof(device->digest));
}

static void encode_block(struct cbor_writer *w, const struct measured_block *block) {
        cbor_array(w, 3);
        cbor_text(w, block->name);
        cbor_uint(w, block->length);
        cbor_bytes(w, block->root, sizeof(block->root));
}

static const char *const mode_names[N_MODES] = {
        [MODE_LIVE] = "live",
        [MODE_SUSPENDED] = "suspended",
        [MODE_BACKGROUND] = "background",
};

void encode_measured_claims(struct cbor_writer *w, const struct measurement *m) {
        cbor_map(w, 9);
        cbor_uint(w, 1);
        cbor_uint(w, m->instant_millis);
        cbor_uint(w, 2);
        cbor_text(w, mode_names[m->mode]);
        cbor_uint(w, 3);
        cbor_uint(w, m->pause_micros);
        cbor_uint(w, 4);
        cbor_array(w, m->n_components);
        for (size_t i = 0; i < m->n_components; i++)
                encode_component(w, m->components[i].name, m->components[i].digest, m->components[i].size);
        cbor_uint(w, 5);
        cbor_array(w, m->n_vcpus);
        for (size_t i = 0; i < m->n_vcpus; i++)
                encode_vcpu(w, &m->vcpus[i]);
        cbor_uint(w, 6);
        cbor_array(w, m->n_devices);
        for (size_t i = 0; i < m->n_devices; i++)
                encode_device(w, &m->devices[i]);
        cbor_uint(w, 7);
        cbor_array(w, m->n_blocks);
        for (size_t i = 0; i < m->n_blocks; i++)
                encode_block(w, &m->blocks[i]);
        cbor_uint(w, 8);
        cbor_bytes(w, m->snapshot_digest, sizeof(m->snapshot_digest));
        cbor_uint(w, 9);
        cbor_text(w, m->machine);
}

void encode_host_claims(struct cbor_writer *w, const struct vmtee_host_claims *host) {
        cbor_map(w, host->previous_digest ? 8 : 7);
        cbor_uint(w, 1);
        cbor_bytes(w, host->vm_uuid, sizeof(host->vm_uuid));
        cbor_uint(w, 2);
        cbor_text(w, host->vm_name);
        cbor_uint(w, 3);
        cbor_text(w, host->host_id);
        cbor_uint(w, 4);
        cbor_text(w, host->trigger);
        cbor_uint(w, 5);
        cbor_uint(w, host->pause_micros);
        cbor_uint(w, 6);
        cbor_uint(w, host->sequence);
        if (host->previous_digest) {
                cbor_uint(w, 7);
                cbor_bytes(w, host->previous_digest, VMTEE_DIGEST_SIZE);
        }
        cbor_uint(w, 8);
        cbor_array(w, host->n_components);
        for (size_t i = 0; i < host->n_components; i++)
                encode_component(w, host->components[i].name, host->components[i].digest, host->components[i].size);
}

static void encode_clock(struct cbor_writer *w, const struct tee_clock *clock) {
        cbor_array(w, 4);
        cbor_uint(w, clock->clock);
        cbor_uint(w, clock->resets);
        cbor_uint(w, clock->restarts);
        cbor_bool(w, clock->safe);
}

void encode_claims(struct cbor_writer *w, const struct report_claims *claims) {
        cbor_map(w, claims->host->nonce ? 7 : 6);
        cbor_int(w, CLAIM_IAT);
        cbor_uint(w, claims->issued_at);
        if (claims->host->nonce) {
                cbor_int(w, CLAIM_NONCE);
                cbor_bytes(w, claims->host->nonce, claims->host->nonce_size);
        }
        cbor_int(w, CLAIM_PROFILE);
        cbor_text(w, profile);
        cbor_int(w, CLAIM_MEASURED);
        encode_measured_claims(w, claims->measured);
        cbor_int(w, CLAIM_HOST);
        encode_host_claims(w, claims->host);
        cbor_int(w, CLAIM_STATE_HASH);
        cbor_bytes(w, claims->state_hash, sizeof(claims->state_hash));
        cbor_int(w, CLAIM_TEE_CLOCK);
        encode_clock(w, &claims->clock);
}
