/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_counter.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tpm_error.h"
#include "tpm_templates.h"
#include "util/detail.h"

static int define(struct tpm_device *device, TPM2_HANDLE nv_index) {
        const TPM2B_NV_PUBLIC template = template_counter(nv_index);
        const TPM2B_AUTH none = { 0 };
        ESYS_TR index = ESYS_TR_NONE;
        const TSS2_RC rc = Esys_NV_DefineSpace(device->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                               &none, &template, &index);

        /* Another process may have been faster. */
        if (rc != TSS2_RC_SUCCESS && rc != TPM2_RC_NV_DEFINED)
                return tpm_fail(rc, "defining the counter");
        tpm_forget(device, &index);
        return 0;
}

static int open_index(struct tpm_device *device, TPM2_HANDLE nv_index, ESYS_TR *ret) {
        int r = tpm_handle_exists(device, nv_index);

        if (r == 0)
                r = define(device, nv_index);
        if (r < 0)
                return r;
        const TSS2_RC rc = Esys_TR_FromTPMPublic(device->esys, nv_index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ret);
        return rc == TSS2_RC_SUCCESS ? 0 : tpm_fail(rc, "opening the counter");
}

/* To the last attribute: an index whose writers can choose its bytes, or that a restart clears, would be turned back. */
static bool is_ours(const TPMS_NV_PUBLIC *found) {
        const TPMS_NV_PUBLIC wanted = template_counter(found->nvIndex).nvPublic;

        return (found->attributes & ~TPMA_NV_WRITTEN) == wanted.attributes && found->nameAlg == wanted.nameAlg &&
               found->dataSize == wanted.dataSize && found->authPolicy.size == 0;
}

/* Returns 1 if the counter has a value, 0 if it was never counted. */
static int look(struct tpm_device *device, ESYS_TR index, uint8_t ret_name[static VMTEE_NV_NAME_SIZE]) {
        ESYS_CLEANUP TPM2B_NV_PUBLIC *public = NULL;
        ESYS_CLEANUP TPM2B_NAME *name = NULL;
        const TSS2_RC rc = Esys_NV_ReadPublic(device->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public, &name);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading about the counter");
        if (!is_ours(&public->nvPublic))
                return vmtee_fail(-EADDRINUSE,
                                  "NV index 0x%08x, where the counter belongs, is something else: attributes 0x%08" PRIx32
                                  ", %u bytes, name algorithm 0x%04x",
                                  public->nvPublic.nvIndex, public->nvPublic.attributes, public->nvPublic.dataSize,
                                  public->nvPublic.nameAlg);
        if (name->size != VMTEE_NV_NAME_SIZE)
                return vmtee_fail(-EREMOTEIO, "the TPM gave the counter a Name of %u bytes", name->size);
        memcpy(ret_name, name->name, VMTEE_NV_NAME_SIZE);
        return (public->nvPublic.attributes & TPMA_NV_WRITTEN) != 0;
}

static int count(struct tpm_device *device, ESYS_TR index) {
        const TSS2_RC rc = Esys_NV_Increment(device->esys, index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE);

        return rc == TSS2_RC_SUCCESS ? 0 : tpm_fail(rc, "incrementing the counter");
}

static int read_value(struct tpm_device *device, ESYS_TR index, uint64_t *ret) {
        ESYS_CLEANUP TPM2B_MAX_NV_BUFFER *data = NULL;
        const TSS2_RC rc = Esys_NV_Read(device->esys, index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                        sizeof(*ret), 0, &data);
        uint64_t value;

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading the counter");
        if (data->size != sizeof(value))
                return vmtee_fail(-EREMOTEIO, "the TPM gave %u bytes of the counter", data->size);
        memcpy(&value, data->buffer, sizeof(value));
        value = be64toh(value);
        /* Not by counting; and our callers' integers may have a sign. */
        if (value > INT64_MAX)
                return vmtee_fail(-EREMOTEIO, "no TPM has counted to %" PRIu64, value);
        *ret = value;
        return 0;
}

/* Before its first increment a counter has no value, and another Name than ever after. */
static int begin(struct tpm_device *device, ESYS_TR index, struct tpm_counter *counter) {
        int r = look(device, index, counter->name);

        if (r != 0)
                return r < 0 ? r : 0;
        r = count(device, index);
        if (r == 0)
                r = look(device, index, counter->name);
        if (r < 0)
                return r;
        return r > 0 ? 0 : vmtee_fail(-EREMOTEIO, "the TPM incremented the counter, which has no value all the same");
}

static int run(struct tpm_device *device, TPM2_HANDLE nv_index, bool increment, struct tpm_counter *ret) {
        struct tpm_counter counter;
        ESYS_TR index = ESYS_TR_NONE;
        int r = open_index(device, nv_index, &index);

        if (r == 0)
                r = begin(device, index, &counter);
        if (r == 0 && increment)
                r = count(device, index);
        if (r == 0)
                r = read_value(device, index, &counter.value);
        tpm_forget(device, &index);
        if (r == 0)
                *ret = counter;
        return r;
}

int tpm_counter_read(struct tpm_device *device, TPM2_HANDLE nv_index, struct tpm_counter *ret) {
        return run(device, nv_index, false, ret);
}

int tpm_counter_increment(struct tpm_device *device, TPM2_HANDLE nv_index, struct tpm_counter *ret) {
        return run(device, nv_index, true, ret);
}
