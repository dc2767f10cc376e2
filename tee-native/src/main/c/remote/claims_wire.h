/* SPDX-License-Identifier: Apache-2.0 */
/* The host's claims in a message. What breaks a rule of vmtee_report_sign() travels so that it breaks it there too. */
#ifndef VMTEED_CLAIMS_WIRE_H
#define VMTEED_CLAIMS_WIRE_H

#include "remote/wire.h"

/* One more of each than the rules allow. */
enum { CLAIM_TEXT_MAX = 256, CLAIM_NONCE_MAX = 65, CLAIM_COMPONENTS_MAX = 64 };

struct received_claims {
        struct vmtee_host_claims host; /* points to the rest */
        char vm_name[CLAIM_TEXT_MAX + 1], host_id[CLAIM_TEXT_MAX + 1], trigger[CLAIM_TEXT_MAX + 1];
        uint8_t nonce[CLAIM_NONCE_MAX], previous_digest[VMTEE_DIGEST_SIZE];
        struct vmtee_host_component components[CLAIM_COMPONENTS_MAX];
        char names[CLAIM_COMPONENTS_MAX][CLAIM_TEXT_MAX + 1];
};

void put_claims(struct wire_out *w, const struct vmtee_host_claims *host);
void get_claims(struct wire_in *w, struct received_claims *ret);

#endif
