/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_endorsement.h"

#include <errno.h>
#include <string.h>

#include "ek_certificate.h"
#include "tpm_error.h"
#include "tpm_templates.h"
#include "util/detail.h"

struct endorsement_key {
        ESYS_TR handle;
        bool transient;
};

static void close_key(struct tpm_device *device, struct endorsement_key *key) {
        if (key->transient)
                tpm_flush(device, &key->handle);
        else
                tpm_forget(device, &key->handle);
}

/* The same template gives the same key as long as the TPM's endorsement seed is not changed. */
static int create_key(struct tpm_device *device, struct endorsement_key *ret) {
        const TPM2B_PUBLIC template = template_endorsement_key();
        const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
        const TPM2B_DATA outside = { 0 };
        const TPML_PCR_SELECTION pcrs = { 0 };
        struct endorsement_key key = { .handle = ESYS_TR_NONE, .transient = true };
        const TSS2_RC rc = Esys_CreatePrimary(device->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                              ESYS_TR_NONE, &sensitive, &template, &outside, &pcrs, &key.handle, NULL,
                                              NULL, NULL, NULL);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "creating the endorsement key");
        *ret = key;
        return 0;
}

static int open_key(struct tpm_device *device, struct endorsement_key *ret) {
        struct endorsement_key key = { .handle = ESYS_TR_NONE };
        const int r = tpm_handle_exists(device, TPM_EK_HANDLE);

        if (r < 0)
                return r;
        if (r == 0)
                return create_key(device, ret);

        const TSS2_RC rc = Esys_TR_FromTPMPublic(device->esys, TPM_EK_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                                 &key.handle);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "opening the endorsement key");
        *ret = key;
        return 0;
}

static int read_public(struct tpm_device *device, struct tpm_endorsement *ret) {
        ESYS_CLEANUP TPM2B_PUBLIC *public = NULL;
        ESYS_CLEANUP TPM2B_NAME *name = NULL;
        struct endorsement_key key;
        const int r = open_key(device, &key);

        if (r < 0)
                return r;
        const TSS2_RC rc = Esys_ReadPublic(device->esys, key.handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public,
                                           &name, NULL);
        close_key(device, &key);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading the endorsement key");
        ret->public = *public;
        ret->name = *name;
        return 0;
}

static int read_nv(struct tpm_device *device, ESYS_TR index, struct certificate *ret) {
        /* What every TPM can hand out at a time (TPM 2.0 part 2, 6.13: TPM_PT_NV_BUFFER_MAX is 512 at the least). */
        enum { PIECE = 512 };
        ESYS_CLEANUP TPM2B_NV_PUBLIC *public = NULL;
        TSS2_RC rc = Esys_NV_ReadPublic(device->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public, NULL);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading about the endorsement certificate");
        if (public->nvPublic.dataSize > sizeof(ret->der))
                return vmtee_fail(-EBADMSG, "the endorsement certificate's NV index has %u bytes, more than %zu",
                                  public->nvPublic.dataSize, sizeof(ret->der));
        ret->size = 0;
        while (ret->size < public->nvPublic.dataSize) {
                ESYS_CLEANUP TPM2B_MAX_NV_BUFFER *data = NULL;
                const size_t left = public->nvPublic.dataSize - ret->size;
                const uint16_t want = (uint16_t)(left < PIECE ? left : PIECE);

                rc = Esys_NV_Read(device->esys, index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, want,
                                  (uint16_t)ret->size, &data);
                if (rc != TSS2_RC_SUCCESS)
                        return tpm_fail(rc, "reading the endorsement certificate");
                if (data->size != want)
                        return vmtee_fail(-EREMOTEIO, "the TPM gave %u bytes of NV, not %u", data->size, want);
                memcpy(ret->der + ret->size, data->buffer, want);
                ret->size += want;
        }
        return 0;
}

static int read_certificate(struct tpm_device *device, struct certificate *ret) {
        ESYS_TR index = ESYS_TR_NONE;
        int r = tpm_handle_exists(device, TPM_EK_CERTIFICATE_INDEX);

        if (r < 0)
                return r;
        if (r == 0)
                return vmtee_fail(-ENODATA, "the TPM holds no RSA endorsement certificate (NV index 0x%08x)",
                                  TPM_EK_CERTIFICATE_INDEX);
        const TSS2_RC rc = Esys_TR_FromTPMPublic(device->esys, TPM_EK_CERTIFICATE_INDEX, ESYS_TR_NONE, ESYS_TR_NONE,
                                                 ESYS_TR_NONE, &index);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "opening the endorsement certificate");
        r = read_nv(device, index, ret);
        tpm_forget(device, &index);
        return r;
}

int tpm_endorsement_read(struct tpm_device *device, int state_dirfd, struct tpm_endorsement *ret) {
        int r = read_certificate(device, &ret->chain[0]);

        if (r == 0)
                r = read_public(device, ret);
        if (r == 0)
                r = ek_certificate_check(&ret->chain[0], &ret->public.publicArea);
        if (r == 0)
                r = ek_issuers_read(state_dirfd, ret->chain + 1, CERTIFICATES_MAX - 1);
        if (r < 0)
                return r;
        ret->n_chain = 1 + (size_t)r;
        return 0;
}

/* A session that satisfies the endorsement key's policy (TCG EK Credential Profile, B.6.2). */
static int open_policy(struct tpm_device *device, ESYS_TR *ret) {
        const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
        ESYS_TR session = ESYS_TR_NONE;
        TSS2_RC rc = Esys_StartAuthSession(device->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                           ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, &session);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "starting a policy session");
        rc = Esys_PolicySecret(device->esys, ESYS_TR_RH_ENDORSEMENT, session, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                               ESYS_TR_NONE, NULL, NULL, NULL, 0, NULL, NULL);
        if (rc != TSS2_RC_SUCCESS) {
                tpm_flush(device, &session);
                return tpm_fail(rc, "satisfying the endorsement key's policy");
        }
        *ret = session;
        return 0;
}

static int activate_with(struct tpm_device *device, ESYS_TR activated, ESYS_TR key, const TPM2B_ID_OBJECT *credential,
                         const TPM2B_ENCRYPTED_SECRET *encrypted, TPM2B_DIGEST *ret_secret) {
        ESYS_CLEANUP TPM2B_DIGEST *secret = NULL;
        ESYS_TR session;
        const int r = open_policy(device, &session);

        if (r < 0)
                return r;
        const TSS2_RC rc = Esys_ActivateCredential(device->esys, activated, key, ESYS_TR_PASSWORD, session, ESYS_TR_NONE,
                                                   credential, encrypted, &secret);
        tpm_flush(device, &session);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "activating the credential");
        *ret_secret = *secret;
        return 0;
}

int tpm_endorsement_activate(struct tpm_device *device, ESYS_TR activated, const TPM2B_ID_OBJECT *credential,
                             const TPM2B_ENCRYPTED_SECRET *encrypted, TPM2B_DIGEST *ret_secret) {
        struct endorsement_key key;
        int r = open_key(device, &key);

        if (r < 0)
                return r;
        r = activate_with(device, activated, key.handle, credential, encrypted, ret_secret);
        close_key(device, &key);
        return r;
}
