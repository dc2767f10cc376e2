/* SPDX-License-Identifier: Apache-2.0 */
/* The public areas of the keys we ask a TPM for. */
#ifndef VMTEE_TPM_TEMPLATES_H
#define VMTEE_TPM_TEMPLATES_H

#include <tss2/tss2_tpm2_types.h>

#include "vmtee.h"

/* Where endorsement key and storage root key are kept, and the RSA-2048 endorsement certificate
 * (TCG EK Credential Profile 2.2.1.4, 2.2.1.5; TCG TPM 2.0 Provisioning Guidance 7.8). */
#define TPM_EK_HANDLE 0x81010001u
#define TPM_EK_CERTIFICATE_INDEX 0x01c00002u
#define TPM_SRK_HANDLE 0x81000001u

/* Default RSA-2048 endorsement key, template L-1 (TCG EK Credential Profile, B.3.3). */
TPM2B_PUBLIC template_endorsement_key(void);
/* ECC P-256 storage root key (TCG TPM 2.0 Provisioning Guidance, 7.5.1). */
TPM2B_PUBLIC template_storage_root_key(void);
/* Restricted: signs only what the TPM itself made. */
TPM2B_PUBLIC template_attestation_key(void);
/* Signs digests of reports. */
TPM2B_PUBLIC template_signing_key(void);
/* A sealed data object: opened by its parent alone, without a password. */
TPM2B_PUBLIC template_sealed_data(void);
/* An NV counter that its empty authorisation reads and increments; nothing else does, and nothing sets it. */
TPM2B_NV_PUBLIC template_counter(TPM2_HANDLE nv_index);

#endif
