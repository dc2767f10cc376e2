// SPDX-License-Identifier: Apache-2.0
/** What is read of servers that are not trusted. */
@NullMarked
package io.vmattest.core.http;

import org.jspecify.annotations.NullMarked;
