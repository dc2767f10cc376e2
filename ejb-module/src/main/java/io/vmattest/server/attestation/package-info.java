// SPDX-License-Identifier: Apache-2.0
/** Takes a fresh report of a VM and hands over the latest. */
@NullMarked
package io.vmattest.server.attestation;

import org.jspecify.annotations.NullMarked;
