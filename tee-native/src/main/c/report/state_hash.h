/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEE_STATE_HASH_H
#define VMTEE_STATE_HASH_H

#include "measure/measurement.h"

/* The RFC 6962 root over the encoded components of both sides, merged in bytewise order of their names. Both lists
 * are in that order and have no name in common. */
int state_hash(const struct measurement *measured, const struct vmtee_host_claims *host,
               uint8_t ret[static VMTEE_DIGEST_SIZE]);

#endif
