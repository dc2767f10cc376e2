/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_sealed.h"

#include <errno.h>
#include <string.h>

#include "tpm_error.h"
#include "tpm_storage.h"
#include "tpm_templates.h"
#include "util/detail.h"

int tpm_seal(struct tpm_device *device, const uint8_t *secret, size_t size, struct tpm_key_blob *ret) {
        const TPM2B_PUBLIC template = template_sealed_data();
        const TPM2B_DATA outside = { 0 };
        const TPML_PCR_SELECTION pcrs = { 0 };
        TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = (uint16_t)size };
        ESYS_CLEANUP TPM2B_PRIVATE *private = NULL;
        ESYS_CLEANUP TPM2B_PUBLIC *public = NULL;
        struct storage_root root;

        if (size > sizeof(sensitive.sensitive.data.buffer))
                return vmtee_fail(-EINVAL, "%zu bytes are too many to seal", size);
        const int r = storage_root_open(device, &root);
        if (r < 0)
                return r;
        memcpy(sensitive.sensitive.data.buffer, secret, size);
        const TSS2_RC rc = Esys_Create(device->esys, root.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                                       &template, &outside, &pcrs, &private, &public, NULL, NULL, NULL);
        storage_root_close(device, &root);
        explicit_bzero(&sensitive, sizeof(sensitive));
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "sealing a secret");
        *ret = (struct tpm_key_blob){ .public = *public, .private = *private };
        return 0;
}

static int take(TPM2B_SENSITIVE_DATA *secret, uint8_t *ret, size_t size) {
        const bool fits = secret->size == size;

        if (fits)
                memcpy(ret, secret->buffer, size);
        explicit_bzero(secret, sizeof(*secret));
        return fits ? 0 : vmtee_fail(-EBADMSG, "the sealed secret has another size");
}

int tpm_unseal(struct tpm_device *device, const struct tpm_key_blob *sealed, uint8_t *ret, size_t size) {
        ESYS_CLEANUP TPM2B_SENSITIVE_DATA *secret = NULL;
        ESYS_TR object = ESYS_TR_NONE;
        struct storage_root root;
        const int r = storage_root_open(device, &root);

        if (r < 0)
                return r;
        TSS2_RC rc = Esys_Load(device->esys, root.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sealed->private,
                               &sealed->public, &object);
        storage_root_close(device, &root);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "loading a sealed secret (does it belong to another TPM?)");
        rc = Esys_Unseal(device->esys, object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &secret);
        tpm_flush(device, &object);
        return rc == TSS2_RC_SUCCESS ? take(secret, ret, size) : tpm_fail(rc, "unsealing a secret");
}
