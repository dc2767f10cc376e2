/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of a report, docs/report-format.cddl. */
#ifndef VMTEE_CLAIMS_H
#define VMTEE_CLAIMS_H

#include "cbor/cbor.h"
#include "measure/measurement.h"
#include "tpm/key.h"

/* Everything that a report says. */
struct report_claims {
        const struct measurement *measured;
        const struct vmtee_host_claims *host;
        uint64_t issued_at; /* seconds since 1970 */
        struct tee_clock clock;
        uint8_t state_hash[VMTEE_DIGEST_SIZE];
};

/* `component`. */
void encode_component(struct cbor_writer *w, const char *name, const uint8_t digest[static VMTEE_DIGEST_SIZE],
                      uint64_t size);
/* `measured-claims`. */
void encode_measured_claims(struct cbor_writer *w, const struct measurement *m);
/* `host-claims`. */
void encode_host_claims(struct cbor_writer *w, const struct vmtee_host_claims *host);
/* `claims`. */
void encode_claims(struct cbor_writer *w, const struct report_claims *claims);

#endif
