// SPDX-License-Identifier: Apache-2.0
/** The VMs of the host, and what their life means for attestation. */
@NullMarked
package io.vmattest.server.fleet;

import org.jspecify.annotations.NullMarked;
