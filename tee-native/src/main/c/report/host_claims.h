/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEE_HOST_CLAIMS_H
#define VMTEE_HOST_CLAIMS_H

#include "measure/measurement.h"

/* Checks what the host claims against the rules of vmtee.h and docs/report-format.cddl, so that nothing it says can
 * break the report's encoding or pass for something the module measured. -EINVAL names the first rule broken. */
int host_claims_check(const struct vmtee_host_claims *host, const struct measurement *measured);

#endif
