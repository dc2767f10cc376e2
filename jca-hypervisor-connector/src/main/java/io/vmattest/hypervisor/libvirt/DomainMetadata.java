// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Pointer;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import java.util.Optional;

/**
 * The element of an application in a domain's {@code metadata}, in its definition and as it runs;
 * the guest does not see it (libvirt, virDomainSetMetadata).
 *
 * @param prefix that libvirt writes before the element's name
 * @param uri of the namespace that tells applications' elements apart
 */
public record DomainMetadata(String prefix, String uri) {
  /**
   * Replaces it wherever the domain has a configuration at the moment.
   *
   * @param element XML without a namespace
   */
  public void set(GuestDomain domain, String element) throws LibvirtFailure {
    change(domain, Optional.of(element));
  }

  /** Removes it; that it is not there is no failure. */
  public void remove(GuestDomain domain) throws LibvirtFailure {
    change(domain, Optional.empty());
  }

  private void change(GuestDomain domain, Optional<String> element) throws LibvirtFailure {
    int flags = configurations(domain);
    Pointer pointer = domain.lookUp();
    try {
      int rc =
          VirtLibrary.INSTANCE.virDomainSetMetadata(
              pointer,
              VirtLibrary.METADATA_ELEMENT,
              element.orElse(null),
              element.isPresent() ? prefix : null,
              uri,
              flags);
      if (rc < 0) {
        throw HostLink.lastFailure("writing a domain's metadata");
      }
    } finally {
      VirtLibrary.INSTANCE.virDomainFree(pointer);
    }
  }

  private static int configurations(GuestDomain domain) throws LibvirtFailure {
    RunState state = domain.state();
    boolean active = state == RunState.RUNNING || state == RunState.SUSPENDED;
    return (active ? VirtLibrary.AFFECT_LIVE : 0)
        | (domain.isPersistent() ? VirtLibrary.AFFECT_CONFIG : 0);
  }
}
