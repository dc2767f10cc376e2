// SPDX-License-Identifier: Apache-2.0
/** RFC 6962 trees and proofs. */
@NullMarked
package io.vmattest.core.merkle;

import org.jspecify.annotations.NullMarked;
