/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few bytes of device state that differ between two captures of one and the same state, for they hold the time of day
 * or say how the capture was made. They count as zero in every digest.
 *
 *   mc146818rtc.cmos_data  bytes 0, 2, 4, 6 to 9 and 0x32: the clock's seconds to years; 0x0C: its update's flags
 *   mc146818rtc            update_timer and next_alarm_time: when the clock ticks next, by the host's time
 *   tpm-emulator           what of the volatile state goes by the host's clocks, see tpm_state.h
 *   globalstate            whole: whether the machine ran when it was captured, as a text in a buffer
 */
#ifndef VMTEE_MASK_H
#define VMTEE_MASK_H

#include "stream/tail.h"

/* Copies a section's payload (s->size bytes) with these bytes zeroed. */
int section_masked(const struct tail *t, const struct section *s, uint8_t *ret);

#endif
