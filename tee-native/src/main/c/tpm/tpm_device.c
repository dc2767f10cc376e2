/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm_device.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_tctildr.h>

#include "tpm_error.h"
#include "util/detail.h"

void tpm_flush(struct tpm_device *device, ESYS_TR *handle) {
        if (device->esys && *handle != ESYS_TR_NONE && Esys_FlushContext(device->esys, *handle) != TSS2_RC_SUCCESS)
                (void)Esys_TR_Close(device->esys, handle);
        *handle = ESYS_TR_NONE;
}

void tpm_forget(struct tpm_device *device, ESYS_TR *handle) {
        if (device->esys && *handle != ESYS_TR_NONE)
                (void)Esys_TR_Close(device->esys, handle);
        *handle = ESYS_TR_NONE;
}

/* Where the handles of each kind begin (TPM 2.0 part 2, 7.4); the TSS's own constant shifts a sign bit. */
static const TPM2_HANDLE first_transient = 0x80000000u;
static const TPM2_HANDLE first_loaded_session = 0x02000000u;

static TSS2_RC get_capability(struct tpm_device *device, TPM2_CAP capability, uint32_t first, uint32_t count,
                              TPMS_CAPABILITY_DATA **ret) {
        TPMI_YES_NO more;

        return Esys_GetCapability(device->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, capability, first, count, &more,
                                  ret);
}

int tpm_handle_exists(struct tpm_device *device, TPM2_HANDLE handle) {
        ESYS_CLEANUP TPMS_CAPABILITY_DATA *data = NULL;
        const TSS2_RC rc = get_capability(device, TPM2_CAP_HANDLES, handle, 1, &data);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading the TPM's handles");
        return data->data.handles.count > 0 && data->data.handles.handle[0] == handle;
}

static int flush_all(struct tpm_device *device, TPM2_HANDLE first) {
        ESYS_CLEANUP TPMS_CAPABILITY_DATA *data = NULL;
        const TSS2_RC rc = get_capability(device, TPM2_CAP_HANDLES, first, TPM2_MAX_CAP_HANDLES, &data);

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading the TPM's handles");
        for (uint32_t i = 0; i < data->data.handles.count; i++) {
                ESYS_TR object = ESYS_TR_NONE;

                if (Esys_TR_FromTPMPublic(device->esys, data->data.handles.handle[i], ESYS_TR_NONE, ESYS_TR_NONE,
                                          ESYS_TR_NONE, &object) == TSS2_RC_SUCCESS)
                        tpm_flush(device, &object);
        }
        return 0;
}

/* Four characters of a vendor string (TPM 2.0 part 2, 6.13, TPM_PT_VENDOR_STRING_1). */
static void append_characters(char text[static TPM_DESCRIPTION_SIZE], uint32_t value) {
        size_t n = strlen(text);

        for (int shift = 24; shift >= 0; shift -= 8) {
                const int c = (int)(value >> shift & 0xff);

                if (c != 0 && n + 1 < TPM_DESCRIPTION_SIZE)
                        text[n++] = isascii(c) && isprint(c) ? (char)c : '?';
        }
        text[n] = '\0';
}

static void trim(char *text) {
        size_t n = strlen(text);

        while (n > 0 && text[n - 1] == ' ')
                text[--n] = '\0';
        const size_t blanks = strspn(text, " ");
        memmove(text, text + blanks, n - blanks + 1);
}

static int describe(struct tpm_device *device) {
        ESYS_CLEANUP TPMS_CAPABILITY_DATA *data = NULL;
        const TSS2_RC rc = get_capability(device, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_MANUFACTURER,
                                          TPM2_PT_FIRMWARE_VERSION_2 - TPM2_PT_MANUFACTURER + 1, &data);
        char manufacturer[TPM_DESCRIPTION_SIZE] = "", vendor[TPM_DESCRIPTION_SIZE] = "";
        uint32_t firmware[2] = { 0 };

        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "reading the TPM's properties");
        for (uint32_t i = 0; i < data->data.tpmProperties.count; i++) {
                const TPMS_TAGGED_PROPERTY *p = &data->data.tpmProperties.tpmProperty[i];

                if (p->property == TPM2_PT_MANUFACTURER)
                        append_characters(manufacturer, p->value);
                else if (p->property >= TPM2_PT_VENDOR_STRING_1 && p->property <= TPM2_PT_VENDOR_STRING_4)
                        append_characters(vendor, p->value);
                else if (p->property == TPM2_PT_FIRMWARE_VERSION_1 || p->property == TPM2_PT_FIRMWARE_VERSION_2)
                        firmware[p->property - TPM2_PT_FIRMWARE_VERSION_1] = p->value;
        }
        trim(manufacturer);
        trim(vendor);
        /* The vendor string of libtpms, also where it is somebody's virtual /dev/tpmrm0. */
        if (strncmp(vendor, "SW", 2) == 0)
                device->software = true;
        (void)snprintf(device->description, sizeof(device->description), "%.16s %.32s firmware %08" PRIx32 ".%08" PRIx32,
                       manufacturer, vendor, firmware[0], firmware[1]);
        return 0;
}

static int start_up(struct tpm_device *device) {
        ESYS_CLEANUP TPMS_CAPABILITY_DATA *data = NULL;
        TSS2_RC rc = get_capability(device, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_MANUFACTURER, 1, &data);

        if (rc == TPM2_RC_INITIALIZE)
                rc = Esys_Startup(device->esys, TPM2_SU_CLEAR);
        if (rc != TSS2_RC_SUCCESS && rc != TPM2_RC_INITIALIZE)
                return tpm_fail(rc, "starting the TPM up");
        return 0;
}

static int connect_device(struct tpm_device *device, const char *tcti) {
        TSS2_RC rc = Tss2_TctiLdr_Initialize(tcti, &device->tcti);
        int r;

        if (rc != TSS2_RC_SUCCESS)
                return vmtee_fail(-ENODEV, "no TPM answers at \"%.200s\" (TSS2_RC 0x%08" PRIx32 ")", tcti, rc);
        rc = Esys_Initialize(&device->esys, device->tcti, NULL);
        if (rc != TSS2_RC_SUCCESS)
                return tpm_fail(rc, "opening an ESYS context");
        r = start_up(device);
        if (r < 0)
                return r;
        r = describe(device);
        if (r < 0 || !device->shared_slots)
                return r;
        r = flush_all(device, first_transient);
        return r < 0 ? r : flush_all(device, first_loaded_session);
}

static bool is_emulator_transport(const char *tcti) {
        return strncmp(tcti, "swtpm", 5) == 0 || strncmp(tcti, "mssim", 5) == 0;
}

int tpm_device_open(struct tpm_device *device, const char *tcti) {
        *device = (struct tpm_device){
                .software = is_emulator_transport(tcti),
                .shared_slots = is_emulator_transport(tcti),
        };

        const int r = connect_device(device, tcti);
        if (r < 0)
                tpm_device_close(device);
        return r;
}

void tpm_device_close(struct tpm_device *device) {
        if (device->esys)
                Esys_Finalize(&device->esys);
        if (device->tcti)
                Tss2_TctiLdr_Finalize(&device->tcti);
        device->esys = NULL;
        device->tcti = NULL;
}
