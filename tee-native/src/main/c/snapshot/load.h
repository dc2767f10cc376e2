/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMTEE_LOAD_H
#define VMTEE_LOAD_H

#include "capture/capture.h"

/* Opens a snapshot as a measured capture without pages. Everything of it was checked but ram.img. */
int snapshot_load(int dirfd, const uint8_t digest[VMTEE_DIGEST_SIZE], vmtee_capture **ret);

#endif
