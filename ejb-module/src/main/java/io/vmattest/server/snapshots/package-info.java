// SPDX-License-Identifier: Apache-2.0
/** What becomes of kept snapshots: listed, compared, checked, dropped. */
@NullMarked
package io.vmattest.server.snapshots;

import org.jspecify.annotations.NullMarked;
