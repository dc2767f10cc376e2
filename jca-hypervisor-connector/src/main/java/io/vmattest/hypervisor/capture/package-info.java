// SPDX-License-Identifier: Apache-2.0
/** Taking the complete state of a guest at one instant, running or suspended. */
@NullMarked
package io.vmattest.hypervisor.capture;

import org.jspecify.annotations.NullMarked;
