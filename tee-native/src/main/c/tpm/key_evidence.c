/* SPDX-License-Identifier: Apache-2.0 */
#include "key_evidence.h"

#include <errno.h>
#include <tss2/tss2_mu.h>

#include "cbor/cbor.h"
#include "tpm_error.h"

static int put_public(struct cbor_writer *w, const TPMT_PUBLIC *public) {
        uint8_t bytes[sizeof(TPMT_PUBLIC)];
        size_t n = 0;
        const TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_Marshal(public, bytes, sizeof(bytes), &n);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "marshalling a public key");
        cbor_bytes(w, bytes, n);
        return 0;
}

static int put_signature(struct cbor_writer *w, const TPMT_SIGNATURE *signature) {
        uint8_t bytes[sizeof(TPMT_SIGNATURE)];
        size_t n = 0;
        const TSS2_RC rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof(bytes), &n);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "marshalling a signature");
        cbor_bytes(w, bytes, n);
        return 0;
}

int key_evidence_encode(const struct tpm_device *device, const struct tpm_endorsement *endorsement,
                        const struct tpm_identity *identity, uint8_t *buf, size_t size, size_t *ret_size) {
        struct cbor_writer w = CBOR_WRITER(buf, size);
        int r;

        cbor_map(&w, 9);
        cbor_uint(&w, 1);
        cbor_text(&w, "tpm2");
        cbor_uint(&w, 2);
        cbor_text(&w, device->software ? "swtpm" : "tpm");
        cbor_uint(&w, 3);
        cbor_array(&w, endorsement->n_chain);
        for (size_t i = 0; i < endorsement->n_chain; i++)
                cbor_bytes(&w, endorsement->chain[i].der, endorsement->chain[i].size);
        cbor_uint(&w, 4);
        r = put_public(&w, &identity->attestation.public.publicArea);
        if (r < 0)
                return r;
        cbor_uint(&w, 5);
        r = put_public(&w, &identity->signing.public.publicArea);
        if (r < 0)
                return r;
        cbor_uint(&w, 6);
        cbor_bytes(&w, identity->certification.attestationData, identity->certification.size);
        cbor_uint(&w, 7);
        r = put_signature(&w, &identity->certification_signature);
        if (r < 0)
                return r;
        cbor_uint(&w, 8);
        r = put_public(&w, &endorsement->public.publicArea);
        if (r < 0)
                return r;
        cbor_uint(&w, 9);
        cbor_text(&w, device->description);
        return cbor_finish(&w, ret_size);
}
