/* SPDX-License-Identifier: Apache-2.0 */
/* `key-evidence` of docs/report-format.cddl. */
#ifndef VMTEE_KEY_EVIDENCE_H
#define VMTEE_KEY_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "tpm_endorsement.h"
#include "tpm_identity.h"

/* Writes the evidence into `buf`; -ENOBUFS and *ret_size as cbor_finish() has it. */
int key_evidence_encode(const struct tpm_device *device, const struct tpm_endorsement *endorsement,
                        const struct tpm_identity *identity, uint8_t *buf, size_t size, size_t *ret_size);

#endif
