// SPDX-License-Identifier: Apache-2.0
/** Makes the tables, and brings those of an earlier version up to date. */
@NullMarked
package io.vmattest.schema;

import org.jspecify.annotations.NullMarked;
