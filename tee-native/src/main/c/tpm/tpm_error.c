/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tpm2_types.h>

#include "util/detail.h"

/* A format-one code carries the number of the handle, session or parameter it is about (TPM 2.0 part 2, 6.6.3). */
static TSS2_RC strip_position(TSS2_RC rc) {
        return (rc & TPM2_RC_FMT1) != 0 ? rc & (TPM2_RC_FMT1 | 0x3f) : rc;
}

static bool nothing_answers(TSS2_RC rc) {
        const TSS2_RC base = rc & ~TSS2_RC_LAYER_MASK;

        if ((rc & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER)
                return false;
        return base == TSS2_BASE_RC_IO_ERROR || base == TSS2_BASE_RC_NO_CONNECTION;
}

static bool lost_our_objects(TSS2_RC rc) {
        if ((rc & TSS2_RC_LAYER_MASK) != TSS2_TPM_RC_LAYER)
                return false;
        switch (strip_position(rc)) {
        case TPM2_RC_INITIALIZE:
        case TPM2_RC_REFERENCE_H0:
        case TPM2_RC_REFERENCE_H1:
        case TPM2_RC_OBJECT_HANDLES:
        case TPM2_RC_OBJECT_MEMORY:
        case TPM2_RC_SESSION_MEMORY:
        case TPM2_RC_HANDLE:
                return true;
        default:
                return false;
        }
}

int tpm_fail(TSS2_RC rc, const char *what) {
        const int error = nothing_answers(rc) ? -ENODEV : lost_our_objects(rc) ? -EAGAIN : -EREMOTEIO;

        return vmtee_fail(error, "%s: %s (TSS2_RC 0x%08" PRIx32 ")", what, Tss2_RC_Decode(rc), rc);
}
