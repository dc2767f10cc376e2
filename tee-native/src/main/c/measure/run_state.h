/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the machine ran when it was captured, by QEMU's own word: right before it stops a machine to migrate or to save
 * it, it writes the run state into section "globalstate", which a guest has no say in. Machine types before 2.3 have none.
 */
#ifndef VMTEE_RUN_STATE_H
#define VMTEE_RUN_STATE_H

#include "measure/measurement.h"
#include "stream/tail.h"

/* -EBUSY if the machine ran although it was captured as suspended, or had been paused although it was captured as one that runs (live, background). */
int run_state_check(const struct tail *t, enum capture_mode mode);

#endif
