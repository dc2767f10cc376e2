/* SPDX-License-Identifier: Apache-2.0 */
#include "ecdsa_check.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/detail.h"

enum { COORDINATE = 32 };

struct ecdsa_key {
        EVP_PKEY *pkey;
};

static int fail_openssl(const char *doing) {
        ERR_clear_error();
        return vmtee_fail(-EIO, "%s failed", doing);
}

/* Coordinates and signature halves are right-aligned: a TPM may leave leading zeros out. */
static int put_point(const TPMT_PUBLIC *public, uint8_t point[static 1 + 2 * COORDINATE]) {
        const TPM2B_ECC_PARAMETER *x = &public->unique.ecc.x, *y = &public->unique.ecc.y;

        if (public->type != TPM2_ALG_ECC || x->size > COORDINATE || y->size > COORDINATE)
                return vmtee_fail(-EBADMSG, "the signing key is not a P-256 key");
        memset(point, 0, 1 + 2 * COORDINATE);
        point[0] = POINT_CONVERSION_UNCOMPRESSED;
        memcpy(point + 1 + COORDINATE - x->size, x->buffer, x->size);
        memcpy(point + 1 + 2 * COORDINATE - y->size, y->buffer, y->size);
        return 0;
}

int ecdsa_key_new(const TPMT_PUBLIC *public, struct ecdsa_key **ret) {
        uint8_t point[1 + 2 * COORDINATE];
        char curve[] = "P-256";
        const int r = put_point(public, point);

        if (r < 0)
                return r;
        OSSL_PARAM parameters[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
                OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
                OSSL_PARAM_construct_end(),
        };
        struct ecdsa_key *key = calloc(1, sizeof(*key));
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        const bool made = key && context && EVP_PKEY_fromdata_init(context) == 1 &&
                          EVP_PKEY_fromdata(context, &key->pkey, EVP_PKEY_PUBLIC_KEY, parameters) == 1;

        EVP_PKEY_CTX_free(context);
        if (!made) {
                ecdsa_key_free(key);
                return fail_openssl("taking over the signing key's public part");
        }
        *ret = key;
        return 0;
}

void ecdsa_key_free(struct ecdsa_key *key) {
        if (!key)
                return;
        EVP_PKEY_free(key->pkey);
        free(key);
}

/* r || s as DER, which is what OpenSSL takes. Returns its length, or 0. */
static size_t encode_signature(const uint8_t signature[static 64], uint8_t **ret) {
        ECDSA_SIG *sig = ECDSA_SIG_new();
        BIGNUM *r = BN_bin2bn(signature, COORDINATE, NULL), *s = BN_bin2bn(signature + COORDINATE, COORDINATE, NULL);
        int size = 0;

        if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
                r = s = NULL; /* now the signature's */
                size = i2d_ECDSA_SIG(sig, ret);
        }
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(sig);
        return size > 0 ? (size_t)size : 0;
}

int ecdsa_check(const struct ecdsa_key *key, const uint8_t digest[static 32], const uint8_t signature[static 64]) {
        uint8_t *der = NULL;
        const size_t size = encode_signature(signature, &der);
        EVP_PKEY_CTX *context = size > 0 ? EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL) : NULL;
        const int ready = context ? EVP_PKEY_verify_init(context) : 0;
        const int r = ready == 1 ? EVP_PKEY_verify(context, der, size, digest, 32) : -1;

        EVP_PKEY_CTX_free(context);
        OPENSSL_free(der);
        if (ready != 1)
                return fail_openssl("checking the TPM's signature");
        ERR_clear_error();
        return r == 1;
}
