// SPDX-License-Identifier: Apache-2.0
/** What a VM's policy does about a discrepancy: quarantine and rollbacks, within their limits. */
@NullMarked
package io.vmattest.server.reaction;

import org.jspecify.annotations.NullMarked;
