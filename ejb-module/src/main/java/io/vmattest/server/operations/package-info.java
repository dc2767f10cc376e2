// SPDX-License-Identifier: Apache-2.0
/** Long work and how far it has come. */
@NullMarked
package io.vmattest.server.operations;

import org.jspecify.annotations.NullMarked;
