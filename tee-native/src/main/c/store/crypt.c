/* SPDX-License-Identifier: Apache-2.0 */
#include "store/crypt.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>

#include "util/detail.h"

enum { NONCE_SIZE = 12 };

struct crypt {
        EVP_CIPHER *cipher;
        EVP_CIPHER_CTX *context;
        uint8_t key[CRYPT_KEY_SIZE];
};

static int derive(const uint8_t *key, const uint8_t *salt, size_t salt_size, uint8_t ret[CRYPT_KEY_SIZE]) {
        static char digest[] = "SHA256", info[] = "vmattest pack";
        EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
        EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
        OSSL_PARAM params[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, CRYPT_KEY_SIZE),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_size),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof(info) - 1),
                OSSL_PARAM_construct_end(),
        };
        const int ok = context ? EVP_KDF_derive(context, ret, CRYPT_KEY_SIZE, params) : 0;

        EVP_KDF_CTX_free(context);
        EVP_KDF_free(kdf);
        return ok == 1 ? 0 : -EIO;
}

struct crypt *crypt_new(const uint8_t key[static CRYPT_KEY_SIZE], const uint8_t *salt, size_t salt_size) {
        struct crypt *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;
        c->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
        c->context = EVP_CIPHER_CTX_new();
        if (!c->cipher || !c->context || derive(key, salt, salt_size, c->key) < 0) {
                crypt_free(c);
                return NULL;
        }
        return c;
}

void crypt_free(struct crypt *c) {
        if (!c)
                return;
        EVP_CIPHER_CTX_free(c->context);
        EVP_CIPHER_free(c->cipher);
        OPENSSL_cleanse(c->key, sizeof(c->key));
        free(c);
}

static void nonce_of(uint64_t number, uint8_t ret[NONCE_SIZE]) {
        const uint64_t bytes = htobe64(number);

        memset(ret, 0, NONCE_SIZE);
        memcpy(ret + NONCE_SIZE - sizeof(bytes), &bytes, sizeof(bytes));
}

int crypt_seal(struct crypt *c, uint64_t number, const uint8_t *plain, size_t size, uint8_t *ret) {
        uint8_t nonce[NONCE_SIZE];
        int n, rest;

        nonce_of(number, nonce);
        if (size > INT_MAX || EVP_EncryptInit_ex2(c->context, c->cipher, c->key, nonce, NULL) != 1 ||
            EVP_EncryptUpdate(c->context, ret, &n, plain, (int)size) != 1 ||
            EVP_EncryptFinal_ex(c->context, ret + n, &rest) != 1 ||
            EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_GET_TAG, CRYPT_TAG_SIZE, ret + size) != 1)
                return vmtee_fail(-EIO, "AES-256-GCM failed");
        return 0;
}

int crypt_open(struct crypt *c, uint64_t number, const uint8_t *sealed, size_t size, uint8_t *ret) {
        uint8_t nonce[NONCE_SIZE];
        const size_t plain = size - CRYPT_TAG_SIZE;
        int n, rest;

        nonce_of(number, nonce);
        if (size < CRYPT_TAG_SIZE || size > INT_MAX ||
            EVP_DecryptInit_ex2(c->context, c->cipher, c->key, nonce, NULL) != 1 ||
            EVP_DecryptUpdate(c->context, ret, &n, sealed, (int)plain) != 1 ||
            EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_SET_TAG, CRYPT_TAG_SIZE, (void *)(sealed + plain)) != 1 ||
            EVP_DecryptFinal_ex(c->context, ret + n, &rest) != 1)
                return vmtee_fail(-EBADMSG, "what was sealed in the store was changed, or with another key");
        return 0;
}
