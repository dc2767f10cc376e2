// SPDX-License-Identifier: Apache-2.0
/** Snapshots as core files for debuggers. */
@NullMarked
package io.vmattest.hypervisor.cores;

import org.jspecify.annotations.NullMarked;
