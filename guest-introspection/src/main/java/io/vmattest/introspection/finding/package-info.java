// SPDX-License-Identifier: Apache-2.0
/** What is not as it should be in a guest, in the guest's own terms. */
@NullMarked
package io.vmattest.introspection.finding;

import org.jspecify.annotations.NullMarked;
