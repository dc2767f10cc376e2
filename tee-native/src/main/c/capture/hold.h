/* SPDX-License-Identifier: Apache-2.0 */
/* The moment in which a stream is complete and its guest still stands, for the caller to use. */
#ifndef VMTEE_HOLD_H
#define VMTEE_HOLD_H

#include "capture/capture.h"
#include "util/wait.h"

/* Makes the descriptors: 0, or a negative errno and nothing made. */
int hold_init(struct hold *h);
void hold_free(struct hold *h);

/* Tells who awaits it, and waits until the capture is released; -ETIMEDOUT if it is not in time, -ECANCELED. Returns 0 at
 * once where no hold was asked for. */
int hold_for_release(const struct hold *h, struct waiter whole);

#endif
