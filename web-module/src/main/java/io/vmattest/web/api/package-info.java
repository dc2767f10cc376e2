// SPDX-License-Identifier: Apache-2.0
/** The resources under /api/v1. */
@NullMarked
package io.vmattest.web.api;

import org.jspecify.annotations.NullMarked;
