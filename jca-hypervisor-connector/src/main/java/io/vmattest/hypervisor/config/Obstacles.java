// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.Optional;
import java.util.OptionalLong;
import org.w3c.dom.Element;

/** What in a domain's XML stands in the way of a capture. */
public final class Obstacles {
  private final Element domain;

  public Obstacles(String domainXml) throws MalformedDomainXmlException {
    this.domain = DomainXml.parse(domainXml);
  }

  /** The kind of launch security, if the guest's memory is hidden from the host. */
  public Optional<String> launchSecurity() {
    return DomainXml.child(domain, "launchSecurity").map(e -> e.getAttribute("type"));
  }

  /** A device of the host that was given to the guest and whose state cannot be captured. */
  public Optional<String> hostDevice() {
    return DomainXml.devices(domain, "hostdev").stream()
        .findFirst()
        .map(e -> e.getAttribute("type"));
  }

  /** The guest's memory in bytes, where the XML says it in a unit that libvirt prints. */
  public OptionalLong memoryBytes() {
    return DomainXml.child(domain, "memory")
        .filter(e -> e.getAttribute("unit").equals("KiB"))
        .map(e -> e.getTextContent().strip())
        .filter(text -> text.matches("\\d{1,15}"))
        .map(text -> OptionalLong.of(Long.parseLong(text) * 1024))
        .orElse(OptionalLong.empty());
  }
}
