// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.List;
import java.util.Optional;

/**
 * What a walk of a container came by.
 *
 * @param entries addresses, in the container's order, none twice
 * @param fault why the walk ended before the container did
 */
public record Walk(List<Long> entries, Optional<MalformedGuestException> fault) {
  public Walk {
    entries = List.copyOf(entries);
  }
}
