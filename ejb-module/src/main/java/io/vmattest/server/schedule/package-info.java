// SPDX-License-Identifier: Apache-2.0
/** Attests the watched VMs by the clock. */
@NullMarked
package io.vmattest.server.schedule;

import org.jspecify.annotations.NullMarked;
