// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What a live capture may take.
 *
 * @param maxPause how long the guest may stand
 * @param bandwidth what it is granted at the moment, bytes a second
 */
record LiveLimits(PhaseLimits phases, Duration maxPause, LongSupplier bandwidth) {}
