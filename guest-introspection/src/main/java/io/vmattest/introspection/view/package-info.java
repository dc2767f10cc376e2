// SPDX-License-Identifier: Apache-2.0
/**
 * What a guest's kernel has of tasks, modules, sockets and mounts, each told from its own
 * structures, and compared with where else it has to be.
 */
@NullMarked
package io.vmattest.introspection.view;

import org.jspecify.annotations.NullMarked;
