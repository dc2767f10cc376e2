// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.w3c.dom.Element;

/**
 * What makes a domain another machine, as its XML says it (libvirt, formatdomain).
 *
 * @param memory the most that it may have, with its unit
 * @param vcpus the most that it may have
 * @param machine architecture and machine type
 * @param disks target, bus and kind of each, sorted
 */
public record DomainShape(String memory, String vcpus, String machine, List<String> disks) {

  /**
   * @param domainXml live, migratable or defined
   */
  public static DomainShape of(String domainXml) throws MalformedDomainXmlException {
    Element domain = DomainXml.parse(domainXml);
    Collection<String> disks = new TreeSet<>();
    DomainXml.devices(domain, "disk").forEach(disk -> disks.add(disk(disk)));
    return new DomainShape(
        memory(domain), text(domain, "vcpu"), machine(domain), List.copyOf(disks));
  }

  private static String memory(Element domain) {
    return DomainXml.child(domain, "memory")
        .map(
            m ->
                m.getTextContent().strip()
                    + " "
                    + (m.hasAttribute("unit") ? m.getAttribute("unit") : "KiB"))
        .orElse("");
  }

  private static String machine(Element domain) {
    return DomainXml.child(domain, "os")
        .flatMap(os -> DomainXml.child(os, "type"))
        .map(type -> type.getAttribute("arch") + " " + type.getAttribute("machine"))
        .orElse("");
  }

  private static String disk(Element disk) {
    String bus = DomainXml.child(disk, "target").map(t -> t.getAttribute("bus")).orElse("");
    String kind = disk.hasAttribute("device") ? disk.getAttribute("device") : "disk";
    return String.join(" ", DiskSources.target(disk), bus, kind);
  }

  private static String text(Element domain, String name) {
    return DomainXml.child(domain, name).map(e -> e.getTextContent().strip()).orElse("");
  }

  /** In what this one differs from another, for people; empty if in nothing. */
  public List<String> differences(DomainShape other) {
    List<String> found = new ArrayList<>();
    compare("memory", memory, other.memory, found);
    compare("vCPUs", vcpus, other.vcpus, found);
    compare("machine", machine, other.machine, found);
    compare("disks", String.join(", ", disks), String.join(", ", other.disks), found);
    return List.copyOf(found);
  }

  private static void compare(String what, String here, String there, List<String> found) {
    if (!here.equals(there)) {
      found.add("%s: %s, not %s".formatted(what, here, there));
    }
  }
}
