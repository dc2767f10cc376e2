/* SPDX-License-Identifier: Apache-2.0 */
#include "vmtee.h"

uint32_t vmtee_version(void) {
        return VMTEE_VERSION;
}
