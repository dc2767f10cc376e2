// SPDX-License-Identifier: Apache-2.0
/** A guest's memory and vCPUs as a core file, for debuggers. */
@NullMarked
package io.vmattest.introspection.core;

import org.jspecify.annotations.NullMarked;
