/* SPDX-License-Identifier: Apache-2.0 */
/* Endorsement certificates as X.509. */
#ifndef VMTEE_EK_CERTIFICATE_H
#define VMTEE_EK_CERTIFICATE_H

#include "tpm_endorsement.h"

/* Cuts off what pads the NV index behind the certificate, and checks that the certificate is for the key (-EBADMSG).
 * No judgement about who issued it: that is the verifier's. */
int ek_certificate_check(struct certificate *certificate, const TPMT_PUBLIC *key);

/* Reads at most `max` certificates from `ek-issuers.pem`, in the file's order. Returns their number, 0 if there is no
 * such file. */
int ek_issuers_read(int state_dirfd, struct certificate *ret, size_t max);

#endif
