/* SPDX-License-Identifier: Apache-2.0 */
/* What a TSS response code means to our callers, and the cleanup of what the TSS allocates. */
#ifndef VMTEE_TPM_ERROR_H
#define VMTEE_TPM_ERROR_H

#include <tss2/tss2_common.h>
#include <tss2/tss2_esys.h>

/*
 * Sets the thread's detail to "`what`: <the code in words> (0x...)" and returns
 *  -ENODEV     nothing answers behind the TCTI: the TPM is gone or was never there
 *  -EAGAIN     the TPM is not in the state in which we left it (restarted, or our objects flushed by another client):
 *              loading our keys again may help
 *  -EREMOTEIO  the TPM (or the TSS on its behalf) answered with another error
 */
int tpm_fail(TSS2_RC rc, const char *what);

static inline void esys_free_pointer(void *p) {
        void **pointer = p;

        Esys_Free(*pointer);
        *pointer = NULL;
}

#define ESYS_CLEANUP __attribute__((cleanup(esys_free_pointer)))

#endif
