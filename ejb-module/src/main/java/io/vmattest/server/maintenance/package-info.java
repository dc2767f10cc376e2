// SPDX-License-Identifier: Apache-2.0
/** Times in which a VM is changed on purpose, and the new Baseline at their end. */
@NullMarked
package io.vmattest.server.maintenance;

import org.jspecify.annotations.NullMarked;
