// SPDX-License-Identifier: Apache-2.0
/** Cases: rollbacks that ended, and the bundle of evidence of each. */
@NullMarked
package io.vmattest.server.cases;

import org.jspecify.annotations.NullMarked;
