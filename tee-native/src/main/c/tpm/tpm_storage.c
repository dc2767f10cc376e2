/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_storage.h"

#include "tpm_error.h"
#include "tpm_templates.h"

static int create_storage_root(struct tpm_device *device, struct storage_root *ret) {
        const TPM2B_PUBLIC template = template_storage_root_key();
        const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
        const TPM2B_DATA outside = { 0 };
        const TPML_PCR_SELECTION pcrs = { 0 };
        ESYS_TR transient = ESYS_TR_NONE, persistent = ESYS_TR_NONE;
        TSS2_RC rc;

        rc = Esys_CreatePrimary(device->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                                &template, &outside, &pcrs, &transient, NULL, NULL, NULL, NULL);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "creating the storage root key");

        rc = Esys_EvictControl(device->esys, ESYS_TR_RH_OWNER, transient, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                               TPM_SRK_HANDLE, &persistent);
        if (rc == TSS2_RC_SUCCESS) {
                tpm_flush(device, &transient);
                *ret = (struct storage_root){ .handle = persistent };
        } else
                /* Persistence only saves time: the same template gives the same key again. */
                *ret = (struct storage_root){ .handle = transient, .transient = true };
        return 0;
}

int storage_root_open(struct tpm_device *device, struct storage_root *ret) {
        struct storage_root root = { .handle = ESYS_TR_NONE };
        int r = tpm_handle_exists(device, TPM_SRK_HANDLE);

        if (r < 0)
                return r;
        if (r == 0)
                return create_storage_root(device, ret);

        const TSS2_RC rc = Esys_TR_FromTPMPublic(device->esys, TPM_SRK_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                                 &root.handle);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "opening the storage root key");
        *ret = root;
        return 0;
}

void storage_root_close(struct tpm_device *device, struct storage_root *root) {
        if (root->transient)
                tpm_flush(device, &root->handle);
        else
                tpm_forget(device, &root->handle);
}
