// SPDX-License-Identifier: Apache-2.0
/** What is told to the outside: the topic, and the live feed of it. */
@NullMarked
package io.vmattest.server.events;

import org.jspecify.annotations.NullMarked;
