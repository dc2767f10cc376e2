/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of the TPM that a key lives in. */
#include <errno.h>
#include <string.h>

#include "key_internal.h"
#include "tpm_counter.h"
#include "util/detail.h"

struct counting {
        int (*operation)(struct tpm_device *device, TPM2_HANDLE nv_index, struct tpm_counter *ret);
        TPM2_HANDLE nv_index;
        struct tpm_counter counter;
};

static int count(vmtee_key *k, void *argument) {
        struct counting *c = argument;

        return c->operation(&k->device, c->nv_index, &c->counter);
}

/* The Name of the index is the same on every TPM: its endorsement key tells them apart. */
static int identify(const vmtee_key *k, const struct tpm_counter *counter, uint8_t ret[static VMTEE_COUNTER_ID_SIZE]) {
        const TPM2B_NAME *endorsement = &k->endorsement_name;
        uint8_t names[sizeof(endorsement->name) + VMTEE_NV_NAME_SIZE], digest[SHA256_DIGEST_LENGTH];

        memcpy(names, endorsement->name, endorsement->size);
        memcpy(names + endorsement->size, counter->name, VMTEE_NV_NAME_SIZE);
        if (!SHA256(names, endorsement->size + VMTEE_NV_NAME_SIZE, digest))
                return vmtee_fail(-EIO, "SHA-256 failed");
        memcpy(ret, digest, VMTEE_COUNTER_ID_SIZE);
        return 0;
}

static int counter(vmtee_key *k, uint8_t slot, struct counting *c, struct vmtee_counter *ret) {
        struct vmtee_counter result;

        if (slot >= VMTEE_COUNTER_SLOTS)
                return vmtee_fail(-EINVAL, "counter %u of %u, which are counted from 0", slot, VMTEE_COUNTER_SLOTS);
        c->nv_index = VMTEE_COUNTER_INDEX + slot;
        int r = key_run(k, count, c);
        if (r == 0)
                r = identify(k, &c->counter, result.id);
        if (r < 0)
                return r;
        result.value = c->counter.value;
        memcpy(result.nv_name, c->counter.name, VMTEE_NV_NAME_SIZE);
        *ret = result;
        return 0;
}

int vmtee_counter_read(vmtee_key *k, uint8_t slot, struct vmtee_counter *ret) {
        return counter(k, slot, &(struct counting){ .operation = tpm_counter_read }, ret);
}

int vmtee_counter_increment(vmtee_key *k, uint8_t slot, struct vmtee_counter *ret) {
        return counter(k, slot, &(struct counting){ .operation = tpm_counter_increment }, ret);
}
