// SPDX-License-Identifier: Apache-2.0
/** The domain XML: what of it is configuration, and what must be changed to restore a guest. */
@NullMarked
package io.vmattest.hypervisor.config;

import org.jspecify.annotations.NullMarked;
