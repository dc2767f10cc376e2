// SPDX-License-Identifier: Apache-2.0
/** The resource adapter. */
@NullMarked
package io.vmattest.hypervisor.ra;

import org.jspecify.annotations.NullMarked;
