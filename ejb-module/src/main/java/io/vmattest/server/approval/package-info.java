// SPDX-License-Identifier: Apache-2.0
/** What two people have to want before it is done. */
@NullMarked
package io.vmattest.server.approval;

import org.jspecify.annotations.NullMarked;
