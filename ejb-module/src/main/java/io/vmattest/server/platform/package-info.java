// SPDX-License-Identifier: Apache-2.0
/**
 * What the container and its host give: the entity manager, destinations, the connection factory,
 * the clock, the state folder.
 */
@NullMarked
package io.vmattest.server.platform;

import org.jspecify.annotations.NullMarked;
