// SPDX-License-Identifier: Apache-2.0
/**
 * What the container gives: the entity manager, destinations, the connection factory, the clock.
 */
@NullMarked
package io.vmattest.server.platform;

import org.jspecify.annotations.NullMarked;
