// SPDX-License-Identifier: Apache-2.0
/** What the server needs of a database's driver and the driver does not give. */
@NullMarked
package io.vmattest.database;

import org.jspecify.annotations.NullMarked;
