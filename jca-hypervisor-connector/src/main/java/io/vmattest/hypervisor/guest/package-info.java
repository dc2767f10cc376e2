// SPDX-License-Identifier: Apache-2.0
/** Looks into captured guests: out of a measured capture to what a report says of the guest. */
@NullMarked
package io.vmattest.hypervisor.guest;

import org.jspecify.annotations.NullMarked;
