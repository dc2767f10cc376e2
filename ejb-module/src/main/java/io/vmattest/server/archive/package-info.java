// SPDX-License-Identifier: Apache-2.0
/** Files that bodies are moved to from the database; what is read from them is not believed. */
@NullMarked
package io.vmattest.server.archive;

import org.jspecify.annotations.NullMarked;
