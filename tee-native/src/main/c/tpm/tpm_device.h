/* SPDX-License-Identifier: Apache-2.0 */
/* One open TPM: its transport, its ESYS context and what it says of itself. */
#ifndef VMTEE_TPM_DEVICE_H
#define VMTEE_TPM_DEVICE_H

#include <stdbool.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_tcti.h>

#define TPM_DESCRIPTION_SIZE 96

struct tpm_device {
        TSS2_TCTI_CONTEXT *tcti;
        ESYS_CONTEXT *esys;
        bool software;                          /* a TPM emulator, by its own vendor string or by its transport */
        bool shared_slots;                      /* no resource manager: leftovers of dead clients occupy its slots */
        char description[TPM_DESCRIPTION_SIZE]; /* manufacturer, vendor string, firmware; printable ASCII */
};

/* Connects (the name is tss2-tctildr's), starts the TPM up if nobody did, and frees slots that dead clients hold.
 * `device` needs no initialisation; on failure nothing is left open. */
int tpm_device_open(struct tpm_device *device, const char *tcti);
/* Safe on a zeroed or closed device. */
void tpm_device_close(struct tpm_device *device);

/* Frees the TPM's slot of an object or session; *handle becomes ESYS_TR_NONE. Errors are of no use to anyone. */
void tpm_flush(struct tpm_device *device, ESYS_TR *handle);
/* Forgets an object that stays in the TPM (persistent, NV). */
void tpm_forget(struct tpm_device *device, ESYS_TR *handle);

/* Whether an object or NV index exists under the handle. Returns 1, 0 or a negative errno. */
int tpm_handle_exists(struct tpm_device *device, TPM2_HANDLE handle);

#endif
