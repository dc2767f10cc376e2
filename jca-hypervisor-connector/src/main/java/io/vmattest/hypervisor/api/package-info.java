// SPDX-License-Identifier: Apache-2.0
/** What the application sees of a host: its virtual machines, captures, snapshots, rollbacks. */
@NullMarked
package io.vmattest.hypervisor.api;

import org.jspecify.annotations.NullMarked;
