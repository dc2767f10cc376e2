// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.tee.HostComponent;
import java.util.List;

/**
 * What a look into a guest gave.
 *
 * @param components for the report; one of them is the document's digest
 */
public record Inspection(GuestDocument document, List<HostComponent> components) {
  public Inspection {
    components = List.copyOf(components);
  }
}
