/* SPDX-License-Identifier: Apache-2.0 */
#include "ek_certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/detail.h"

#define ISSUERS_FILE "ek-issuers.pem"

static void x509_free_pointer(X509 **x) {
        X509_free(*x);
}

static void bn_free_pointer(BIGNUM **n) {
        BN_free(*n);
}

static void fclose_pointer(FILE **f) {
        if (*f)
                (void)fclose(*f);
}

static int is_for(X509 *x, const TPMT_PUBLIC *key) {
        __attribute__((cleanup(bn_free_pointer))) BIGNUM *modulus = NULL;
        uint8_t bytes[sizeof(key->unique.rsa.buffer)];
        const uint16_t size = key->unique.rsa.size;
        const EVP_PKEY *certified = X509_get0_pubkey(x);

        if (key->type != TPM2_ALG_RSA || size > sizeof(bytes))
                return vmtee_fail(-EBADMSG, "the endorsement key is not an RSA key");
        if (!certified || EVP_PKEY_get_bn_param(certified, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1)
                return vmtee_fail(-EBADMSG, "the endorsement certificate is not for an RSA key");
        if (BN_bn2binpad(modulus, bytes, size) != size || memcmp(bytes, key->unique.rsa.buffer, size) != 0)
                return vmtee_fail(-EBADMSG, "the endorsement certificate is for another key than the TPM's");
        return 0;
}

int ek_certificate_check(struct certificate *certificate, const TPMT_PUBLIC *key) {
        const uint8_t *end = certificate->der;
        __attribute__((cleanup(x509_free_pointer))) X509 *x = d2i_X509(NULL, &end, (long)certificate->size);

        if (!x) {
                ERR_clear_error();
                return vmtee_fail(-EBADMSG, "the TPM's endorsement certificate is not an X.509 certificate");
        }
        certificate->size = (size_t)(end - certificate->der);
        return is_for(x, key);
}

static int encode(X509 *x, struct certificate *ret) {
        const int size = i2d_X509(x, NULL);
        uint8_t *out = ret->der;

        if (size <= 0 || (size_t)size > sizeof(ret->der))
                return vmtee_fail(-EBADMSG, "a certificate in " ISSUERS_FILE " is longer than %zu bytes", sizeof(ret->der));
        ret->size = (size_t)i2d_X509(x, &out);
        return 0;
}

static int read_issuers(FILE *file, struct certificate *ret, size_t max) {
        size_t n = 0;

        for (;;) {
                __attribute__((cleanup(x509_free_pointer))) X509 *x = PEM_read_X509(file, NULL, NULL, NULL);

                if (!x)
                        break;
                if (n == max)
                        return vmtee_fail(-EBADMSG, ISSUERS_FILE " holds more than %zu certificates", max);
                const int r = encode(x, &ret[n]);
                if (r < 0)
                        return r;
                n++;
        }
        const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE && feof(file) != 0;
        ERR_clear_error();
        return at_end ? (int)n : vmtee_fail(-EBADMSG, ISSUERS_FILE " is not a list of PEM certificates");
}

int ek_issuers_read(int state_dirfd, struct certificate *ret, size_t max) {
        const int fd = openat(state_dirfd, ISSUERS_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

        if (fd < 0)
                return errno == ENOENT ? 0 : vmtee_fail(-errno, "opening " ISSUERS_FILE ": %s", strerror(errno));

        __attribute__((cleanup(fclose_pointer))) FILE *file = fdopen(fd, "re");
        if (!file) {
                (void)close(fd);
                return vmtee_fail(-ENOMEM, "no memory");
        }
        return read_issuers(file, ret, max);
}
