/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_identity.h"

#include <errno.h>

#include "tpm_error.h"
#include "tpm_storage.h"
#include "tpm_templates.h"
#include "util/detail.h"

static int create_key(struct tpm_device *device, ESYS_TR parent, const TPM2B_PUBLIC *template, const char *what,
                      struct tpm_key_blob *ret) {
        const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
        const TPM2B_DATA outside = { 0 };
        const TPML_PCR_SELECTION pcrs = { 0 };
        ESYS_CLEANUP TPM2B_PRIVATE *private = NULL;
        ESYS_CLEANUP TPM2B_PUBLIC *public = NULL;
        const TSS2_RC rc = Esys_Create(device->esys, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                                       template, &outside, &pcrs, &private, &public, NULL, NULL, NULL);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, what);
        *ret = (struct tpm_key_blob){ .public = *public, .private = *private };
        return 0;
}

static int load_key(struct tpm_device *device, ESYS_TR parent, const struct tpm_key_blob *blob, const char *what,
                    ESYS_TR *ret) {
        const TSS2_RC rc = Esys_Load(device->esys, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &blob->private,
                                     &blob->public, ret);

        return rc == TSS2_RC_SUCCESS ? 0 : tpm_fail(rc, what);
}

static int load_under(struct tpm_device *device, ESYS_TR parent, const struct tpm_identity *identity,
                      struct tpm_loaded_identity *ret) {
        struct tpm_loaded_identity loaded = { .attestation = ESYS_TR_NONE, .signing = ESYS_TR_NONE };
        int r = load_key(device, parent, &identity->attestation,
                         "loading the attestation key (do the keys belong to another TPM?)", &loaded.attestation);

        if (r == 0)
                r = load_key(device, parent, &identity->signing, "loading the signing key", &loaded.signing);
        if (r < 0) {
                tpm_identity_unload(device, &loaded);
                return r;
        }
        *ret = loaded;
        return 0;
}

static int certify(struct tpm_device *device, const struct tpm_loaded_identity *loaded, struct tpm_identity *identity) {
        const TPM2B_DATA qualifying = { 0 };
        const TPMT_SIG_SCHEME keys_own = { .scheme = TPM2_ALG_NULL };
        ESYS_CLEANUP TPM2B_ATTEST *statement = NULL;
        ESYS_CLEANUP TPMT_SIGNATURE *signature = NULL;
        const TSS2_RC rc = Esys_Certify(device->esys, loaded->signing, loaded->attestation, ESYS_TR_PASSWORD,
                                        ESYS_TR_PASSWORD, ESYS_TR_NONE, &qualifying, &keys_own, &statement, &signature);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "certifying the signing key");
        identity->certification = *statement;
        identity->certification_signature = *signature;
        return 0;
}

static int create_under(struct tpm_device *device, ESYS_TR parent, struct tpm_identity *identity) {
        const TPM2B_PUBLIC attestation = template_attestation_key(), signing = template_signing_key();
        struct tpm_loaded_identity loaded;
        int r = create_key(device, parent, &attestation, "creating the attestation key", &identity->attestation);

        if (r == 0)
                r = create_key(device, parent, &signing, "creating the signing key", &identity->signing);
        if (r == 0)
                r = load_under(device, parent, identity, &loaded);
        if (r < 0)
                return r;
        r = certify(device, &loaded, identity);
        tpm_identity_unload(device, &loaded);
        return r;
}

int tpm_identity_create(struct tpm_device *device, struct tpm_identity *ret) {
        struct storage_root root;
        int r = storage_root_open(device, &root);

        if (r < 0)
                return r;
        r = create_under(device, root.handle, ret);
        storage_root_close(device, &root);
        return r;
}

int tpm_identity_load(struct tpm_device *device, const struct tpm_identity *identity,
                      struct tpm_loaded_identity *ret) {
        struct storage_root root;
        int r = storage_root_open(device, &root);

        if (r < 0)
                return r;
        r = load_under(device, root.handle, identity, ret);
        storage_root_close(device, &root);
        return r;
}

void tpm_identity_unload(struct tpm_device *device, struct tpm_loaded_identity *loaded) {
        tpm_flush(device, &loaded->signing);
        tpm_flush(device, &loaded->attestation);
}
