// SPDX-License-Identifier: Apache-2.0
/** The one door to the hypervisor connector. */
@NullMarked
package io.vmattest.server.host;

import org.jspecify.annotations.NullMarked;
