/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_templates.h"

/* Policy of the default endorsement key: PolicySecret(TPM_RH_ENDORSEMENT) (TCG EK Credential Profile, B.6.2). */
static const TPM2B_DIGEST endorsement_policy = {
        .size = 32,
        .buffer = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
                    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa },
};

#define MADE_HERE_AND_STAYS_HERE (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN)

static const TPMT_SYM_DEF_OBJECT aes_128_cfb = {
        .algorithm = TPM2_ALG_AES,
        .keyBits.aes = 128,
        .mode.aes = TPM2_ALG_CFB,
};

TPM2B_PUBLIC template_endorsement_key(void) {
        return (TPM2B_PUBLIC){
                .publicArea = {
                        .type = TPM2_ALG_RSA,
                        .nameAlg = TPM2_ALG_SHA256,
                        .objectAttributes = MADE_HERE_AND_STAYS_HERE | TPMA_OBJECT_ADMINWITHPOLICY |
                                            TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
                        .authPolicy = endorsement_policy,
                        .parameters.rsaDetail = {
                                .symmetric = aes_128_cfb,
                                .scheme.scheme = TPM2_ALG_NULL,
                                .keyBits = 2048,
                                .exponent = 0,
                        },
                        /* The template's unique field is 256 zero bytes, not empty. */
                        .unique.rsa.size = 256,
                },
        };
}

static TPM2B_PUBLIC ecc_p256(TPMA_OBJECT attributes, TPMT_SYM_DEF_OBJECT symmetric, TPMT_ECC_SCHEME scheme) {
        return (TPM2B_PUBLIC){
                .publicArea = {
                        .type = TPM2_ALG_ECC,
                        .nameAlg = TPM2_ALG_SHA256,
                        /* No dictionary-attack protection: the authorisation is empty, and a lockout that a crash
                         * brought about must not stop attestation. */
                        .objectAttributes = MADE_HERE_AND_STAYS_HERE | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
                                            attributes,
                        .parameters.eccDetail = {
                                .symmetric = symmetric,
                                .scheme = scheme,
                                .curveID = TPM2_ECC_NIST_P256,
                                .kdf.scheme = TPM2_ALG_NULL,
                        },
                },
        };
}

TPM2B_PUBLIC template_storage_root_key(void) {
        return ecc_p256(TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT, aes_128_cfb,
                        (TPMT_ECC_SCHEME){ .scheme = TPM2_ALG_NULL });
}

static const TPMT_SYM_DEF_OBJECT no_symmetric = { .algorithm = TPM2_ALG_NULL };
static const TPMT_ECC_SCHEME ecdsa_sha256 = {
        .scheme = TPM2_ALG_ECDSA,
        .details.ecdsa.hashAlg = TPM2_ALG_SHA256,
};

TPM2B_PUBLIC template_attestation_key(void) {
        return ecc_p256(TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT, no_symmetric, ecdsa_sha256);
}

TPM2B_PUBLIC template_signing_key(void) {
        return ecc_p256(TPMA_OBJECT_SIGN_ENCRYPT, no_symmetric, ecdsa_sha256);
}

TPM2B_PUBLIC template_sealed_data(void) {
        return (TPM2B_PUBLIC){
                .publicArea = {
                        .type = TPM2_ALG_KEYEDHASH,
                        .nameAlg = TPM2_ALG_SHA256,
                        .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
                                            TPMA_OBJECT_NODA,
                        .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
                },
        };
}

TPM2B_NV_PUBLIC template_counter(TPM2_HANDLE nv_index) {
        return (TPM2B_NV_PUBLIC){
                .nvPublic = {
                        .nvIndex = nv_index,
                        .nameAlg = TPM2_ALG_SHA256,
                        /* NO_DA as for the keys. */
                        .attributes = TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE |
                                      TPMA_NV_NO_DA,
                        .dataSize = sizeof(uint64_t),
                },
        };
}
