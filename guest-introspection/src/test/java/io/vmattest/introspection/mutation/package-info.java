// SPDX-License-Identifier: Apache-2.0
/** Guests whose memory is damaged in many ways, each looked at in full. */
@NullMarked
package io.vmattest.introspection.mutation;

import org.jspecify.annotations.NullMarked;
