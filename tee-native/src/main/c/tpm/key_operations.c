/* SPDX-License-Identifier: Apache-2.0 */
/* What a key does with the TPM once it is open. */
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "key_internal.h"
#include "tpm_endorsement.h"
#include "tpm_error.h"
#include "tpm_sealed.h"
#include "util/detail.h"

/* ---- activation ---------------------------------------------------------------------------- */

struct activation {
        TPM2B_ID_OBJECT credential;
        TPM2B_ENCRYPTED_SECRET encrypted;
        TPM2B_DIGEST secret;
};

static int activate(vmtee_key *k, void *argument) {
        struct activation *a = argument;

        return tpm_endorsement_activate(&k->device, k->loaded.attestation, &a->credential, &a->encrypted, &a->secret);
}

static bool parse_activation(const uint8_t *credential, size_t credential_size, const uint8_t *secret,
                             size_t secret_size, struct activation *ret) {
        size_t used_credential = 0, used_secret = 0;

        return Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(credential, credential_size, &used_credential, &ret->credential) ==
                       TSS2_RC_SUCCESS &&
               used_credential == credential_size &&
               Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(secret, secret_size, &used_secret, &ret->encrypted) ==
                       TSS2_RC_SUCCESS &&
               used_secret == secret_size;
}

int vmtee_key_activate(vmtee_key *k, const uint8_t *credential, size_t credential_size, const uint8_t *secret,
                       size_t secret_size, uint8_t *buf, size_t size, size_t *ret_size) {
        struct activation a = { 0 };

        if (!parse_activation(credential, credential_size, secret, secret_size, &a))
                return vmtee_fail(-EPROTO, "the credential is not a TPM2B_ID_OBJECT with a TPM2B_ENCRYPTED_SECRET");
        int r = key_run(k, activate, &a);
        if (r == 0)
                r = key_copy_out(a.secret.buffer, a.secret.size, buf, size, ret_size);
        explicit_bzero(&a.secret, sizeof(a.secret));
        return r;
}

/* ---- clock and signature ------------------------------------------------------------------- */

static int read_clock(vmtee_key *k, void *argument) {
        struct tee_clock *ret = argument;
        ESYS_CLEANUP TPMS_TIME_INFO *time = NULL;
        const TSS2_RC rc = Esys_ReadClock(k->device.esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &time);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading the TPM's clock");
        *ret = (struct tee_clock){
                .clock = time->clockInfo.clock,
                .resets = time->clockInfo.resetCount,
                .restarts = time->clockInfo.restartCount,
                .safe = time->clockInfo.safe == TPM2_YES,
        };
        return 0;
}

int key_read_clock(vmtee_key *k, struct tee_clock *ret) {
        return key_run(k, read_clock, ret);
}

struct signing {
        const uint8_t *digest;
        uint8_t *signature;
};

/* A TPM may leave leading zeros out. */
static bool put_half(const TPM2B_ECC_PARAMETER *value, uint8_t half[static KEY_SIGNATURE_SIZE / 2]) {
        const size_t size = KEY_SIGNATURE_SIZE / 2;

        if (value->size > size)
                return false;
        memset(half, 0, size - value->size);
        memcpy(half + size - value->size, value->buffer, value->size);
        return true;
}

static int sign(vmtee_key *k, void *argument) {
        const struct signing *s = argument;
        const TPMT_SIG_SCHEME keys_own = { .scheme = TPM2_ALG_NULL };
        const TPMT_TK_HASHCHECK not_hashed_by_tpm = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
        TPM2B_DIGEST digest = { .size = VMTEE_DIGEST_SIZE };
        ESYS_CLEANUP TPMT_SIGNATURE *signature = NULL;

        memcpy(digest.buffer, s->digest, VMTEE_DIGEST_SIZE);
        const TSS2_RC rc = Esys_Sign(k->device.esys, k->loaded.signing, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                     &digest, &keys_own, &not_hashed_by_tpm, &signature);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "signing");
        if (signature->sigAlg != TPM2_ALG_ECDSA || !put_half(&signature->signature.ecdsa.signatureR, s->signature) ||
            !put_half(&signature->signature.ecdsa.signatureS, s->signature + KEY_SIGNATURE_SIZE / 2))
                return vmtee_fail(-EREMOTEIO, "the TPM gave no P-256 signature");

        /* Without a resource manager another client may have put another key under our handle. */
        const int r = ecdsa_check(k->signing_public, s->digest, s->signature);
        if (r == 0)
                return vmtee_fail(-EAGAIN, "the TPM's signature is not by our key");
        return r < 0 ? r : 0;
}

int key_sign_digest(vmtee_key *k, const uint8_t digest[static VMTEE_DIGEST_SIZE], uint8_t ret[static KEY_SIGNATURE_SIZE]) {
        uint8_t signature[KEY_SIGNATURE_SIZE];
        struct signing s = { .digest = digest, .signature = signature };
        const int r = key_run(k, sign, &s);

        if (r == 0)
                memcpy(ret, signature, sizeof(signature));
        return r;
}

/* ---- secrets ------------------------------------------------------------------------------- */

struct sealing {
        const uint8_t *secret;
        uint8_t *opened;
        size_t size;
        struct tpm_key_blob *blob;
};

/* A TPM has three slots for objects, of which the identity holds two. */
static int with_free_slots(vmtee_key *k, const struct sealing *s, int (*operation)(vmtee_key *, const struct sealing *)) {
        tpm_identity_unload(&k->device, &k->loaded);
        const int r = operation(k, s);
        const int again = tpm_identity_load(&k->device, &k->identity, &k->loaded);
        /* Without its identity it is not connected. */
        return again < 0 ? -ENODEV : r;
}

static int do_seal(vmtee_key *k, const struct sealing *s) {
        return tpm_seal(&k->device, s->secret, s->size, s->blob);
}

static int seal(vmtee_key *k, void *argument) {
        return with_free_slots(k, argument, do_seal);
}

static int do_unseal(vmtee_key *k, const struct sealing *s) {
        return tpm_unseal(&k->device, s->blob, s->opened, s->size);
}

static int unseal(vmtee_key *k, void *argument) {
        return with_free_slots(k, argument, do_unseal);
}

int key_seal(vmtee_key *k, const uint8_t *secret, size_t size, uint8_t *buf, size_t buf_size, size_t *ret_size) {
        struct tpm_key_blob blob;
        struct sealing s = { .secret = secret, .size = size, .blob = &blob };
        size_t n = 0;
        const int r = key_run(k, seal, &s);

        if (r < 0)
                return r;
        if (Tss2_MU_TPM2B_PUBLIC_Marshal(&blob.public, buf, buf_size, &n) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_PRIVATE_Marshal(&blob.private, buf, buf_size, &n) != TSS2_RC_SUCCESS)
                return vmtee_fail(-EREMOTEIO, "the TPM's sealed secret is too large");
        *ret_size = n;
        return 0;
}

int key_unseal(vmtee_key *k, const uint8_t *sealed, size_t sealed_size, uint8_t *ret, size_t size) {
        struct tpm_key_blob blob = { 0 };
        struct sealing s = { .opened = ret, .size = size, .blob = &blob };
        size_t n = 0;

        if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(sealed, sealed_size, &n, &blob.public) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_PRIVATE_Unmarshal(sealed, sealed_size, &n, &blob.private) != TSS2_RC_SUCCESS ||
            n != sealed_size)
                return vmtee_fail(-EBADMSG, "the sealed secret is malformed");
        return key_run(k, unseal, &s);
}
