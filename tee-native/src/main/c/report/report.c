/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "claims.h"
#include "host_claims.h"
#include "state_hash.h"
#include "util/detail.h"

/* COSE (RFC 9052, 3.1 and 4.2). */
enum {
        COSE_SIGN1_TAG = 18,
        HEADER_ALGORITHM = 1,
        HEADER_CONTENT_TYPE = 3,
        HEADER_KEY_ID = 4,
        HEADER_KEY_EVIDENCE = -70010,
        ALGORITHM_ES256 = -7,
        PROTECTED_SIZE_MAX = 128,
};

struct buffer {
        uint8_t *bytes;
        size_t size;
};

static void buffer_done(struct buffer *b) {
        free(b->bytes);
}

#define BUFFER_CLEANUP __attribute__((cleanup(buffer_done)))

static int buffer_allocate(struct buffer *b, size_t size) {
        b->bytes = malloc(size);
        if (!b->bytes)
                return vmtee_fail(-ENOMEM, "no memory for %zu bytes", size);
        b->size = size;
        return 0;
}

static const struct measurement *measurement_or_fail(const vmtee_capture *c) {
        const struct measurement *m = capture_measurement(c);

        if (!m)
                (void)vmtee_fail(-ESTALE, "the capture has not been measured");
        return m;
}

/* The encoding's size, or why there is none. */
static int finish(const struct cbor_writer *w, size_t *ret_size) {
        const int r = cbor_finish(w, ret_size);

        if (r == -ENOBUFS)
                return vmtee_fail(r, "the buffer has %zu bytes, %zu are needed", w->size, *ret_size);
        return r < 0 ? vmtee_fail(r, "the encoding is too large") : 0;
}

int vmtee_capture_claims(const vmtee_capture *c, uint8_t *buf, size_t size, size_t *ret_size) {
        const struct measurement *m = measurement_or_fail(c);
        struct cbor_writer w = CBOR_WRITER(buf, size);

        if (!m)
                return -ESTALE;
        encode_measured_claims(&w, m);
        return finish(&w, ret_size);
}

static int encode_payload(const struct report_claims *claims, struct buffer *ret) {
        struct cbor_writer count = CBOR_WRITER(NULL, 0);

        encode_claims(&count, claims);
        const int r = buffer_allocate(ret, count.offset);
        if (r < 0)
                return r;
        struct cbor_writer w = CBOR_WRITER(ret->bytes, ret->size);
        encode_claims(&w, claims);
        return finish(&w, &ret->size);
}

static void encode_protected(struct cbor_writer *w, const vmtee_key *k) {
        cbor_map(w, 3);
        cbor_int(w, HEADER_ALGORITHM);
        cbor_int(w, ALGORITHM_ES256);
        cbor_int(w, HEADER_CONTENT_TYPE);
        cbor_text(w, "application/eat+cwt");
        cbor_int(w, HEADER_KEY_ID);
        cbor_bytes(w, key_evidence_digest(k), VMTEE_DIGEST_SIZE);
}

/* SHA-256 of the Sig_structure (RFC 9052, 4.4). Its last item is the payload, which is hashed where it lies. */
static int digest_to_sign(const struct buffer *protected, const struct buffer *payload,
                          uint8_t ret[static VMTEE_DIGEST_SIZE]) {
        uint8_t head[PROTECTED_SIZE_MAX + 64];
        size_t head_size;
        struct cbor_writer w = CBOR_WRITER(head, sizeof(head));

        cbor_array(&w, 4);
        cbor_text(&w, "Signature1");
        cbor_bytes(&w, protected->bytes, protected->size);
        cbor_bytes(&w, NULL, 0);
        cbor_bytes_head(&w, payload->size);
        const int r = finish(&w, &head_size);
        if (r < 0)
                return r;

        EVP_MD_CTX *context = EVP_MD_CTX_new();
        const bool hashed = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                            EVP_DigestUpdate(context, head, head_size) == 1 &&
                            EVP_DigestUpdate(context, payload->bytes, payload->size) == 1 &&
                            EVP_DigestFinal_ex(context, ret, NULL) == 1;
        EVP_MD_CTX_free(context);
        return hashed ? 0 : vmtee_fail(-EIO, "hashing the report failed");
}

static int encode_report(const vmtee_key *k, const struct buffer *protected, const struct buffer *payload,
                         const uint8_t signature[static KEY_SIGNATURE_SIZE], uint8_t *buf, size_t size,
                         size_t *ret_size) {
        struct cbor_writer w = CBOR_WRITER(buf, size);
        size_t evidence_size;
        const uint8_t *evidence = key_evidence_bytes(k, &evidence_size);

        cbor_tag(&w, COSE_SIGN1_TAG);
        cbor_array(&w, 4);
        cbor_bytes(&w, protected->bytes, protected->size);
        cbor_map(&w, 1);
        cbor_int(&w, HEADER_KEY_EVIDENCE);
        cbor_bytes(&w, evidence, evidence_size);
        cbor_bytes(&w, payload->bytes, payload->size);
        cbor_bytes(&w, signature, KEY_SIGNATURE_SIZE);
        return finish(&w, ret_size);
}

static int sign_payload(vmtee_key *k, const struct buffer *payload, uint8_t *buf, size_t size, size_t *ret_size) {
        uint8_t header[PROTECTED_SIZE_MAX], digest[VMTEE_DIGEST_SIZE], signature[KEY_SIGNATURE_SIZE] = { 0 };
        struct cbor_writer w = CBOR_WRITER(header, sizeof(header));
        struct buffer protected = { .bytes = header };
        int r;

        encode_protected(&w, k);
        r = finish(&w, &protected.size);
        if (r < 0)
                return r;
        /* Whether it fits is known before the TPM, which is slow, is asked. */
        size_t needed = 0;
        r = encode_report(k, &protected, payload, signature, NULL, 0, &needed);
        if (r != -ENOBUFS)
                return r;
        if (needed > size) {
                *ret_size = needed;
                return vmtee_fail(-ENOBUFS, "the buffer has %zu bytes, %zu are needed", size, needed);
        }
        r = digest_to_sign(&protected, payload, digest);
        if (r == 0)
                r = key_sign_digest(k, digest, signature);
        return r < 0 ? r : encode_report(k, &protected, payload, signature, buf, size, ret_size);
}

int vmtee_report_sign(vmtee_key *k, const vmtee_capture *c, const struct vmtee_host_claims *host, uint8_t *buf,
                      size_t size, size_t *ret_size) {
        struct report_claims claims = { .measured = measurement_or_fail(c), .host = host };
        BUFFER_CLEANUP struct buffer payload = { 0 };
        int r;

        if (!claims.measured)
                return -ESTALE;
        /* Files and their digest are the caller's, so signing them would be signing bytes of the caller's. */
        if (capture_was_opened(c))
                return vmtee_fail(-EOPNOTSUPP, "the capture was opened from a snapshot, not taken from a hypervisor");
        r = host_claims_check(host, claims.measured);
        if (r == 0)
                r = state_hash(claims.measured, host, claims.state_hash);
        if (r == 0)
                r = key_read_clock(k, &claims.clock);
        if (r < 0)
                return r;
        claims.issued_at = (uint64_t)time(NULL);
        r = encode_payload(&claims, &payload);
        return r < 0 ? r : sign_payload(k, &payload, buf, size, ret_size);
}
