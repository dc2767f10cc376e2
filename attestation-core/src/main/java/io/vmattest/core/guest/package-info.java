// SPDX-License-Identifier: Apache-2.0
/**
 * What was seen inside a guest: its kernel, tasks, modules, sockets and mounts, and what is wrong.
 */
@NullMarked
package io.vmattest.core.guest;

import org.jspecify.annotations.NullMarked;
