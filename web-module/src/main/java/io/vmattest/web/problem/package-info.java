// SPDX-License-Identifier: Apache-2.0
/** Errors as problem+json (RFC 9457). */
@NullMarked
package io.vmattest.web.problem;

import org.jspecify.annotations.NullMarked;
