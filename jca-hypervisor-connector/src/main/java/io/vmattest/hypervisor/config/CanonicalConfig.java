// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.w3c.dom.Element;

/**
 * A domain's configuration in one form: its live XML without what changes from start to start and
 * what this module itself writes into it, and with the disks under the names that they had before
 * the first overlay of ours.
 */
public final class CanonicalConfig {
  private static final Set<String> VOLATILE =
      Set.of("alias", "backingStore", "seclabel", "mirror", "privateData");

  private final Predicate<String> isOverlay;

  /**
   * @param isOverlay whether a disk's path is that of an overlay made by a capture or rollback
   */
  public CanonicalConfig(Predicate<String> isOverlay) {
    this.isOverlay = isOverlay;
  }

  /**
   * @param liveXml as libvirt shows the running domain
   */
  public String of(String liveXml) throws MalformedDomainXmlException {
    Element domain = DomainXml.parse(liveXml);
    domain.removeAttribute("id");
    OwnMetadata.drop(domain);
    DomainXml.devices(domain, "disk").forEach(this::underItsFirstName);
    DomainXml.devices(domain, "graphics").forEach(CanonicalConfig::withoutAssignedPorts);
    DomainXml.devices(domain, "interface").forEach(CanonicalConfig::withoutTapName);
    for (String kind : List.of("serial", "console", "channel", "parallel")) {
      DomainXml.devices(domain, kind).forEach(CanonicalConfig::withoutAssignedPath);
    }
    dropVolatile(domain);
    return XmlText.of(domain);
  }

  private void underItsFirstName(Element disk) {
    DomainXml.child(disk, "source").ifPresent(source -> source.removeAttribute("index"));
    Element layer = disk;
    while (isOverlay.test(DiskSources.path(layer))) {
      Element below = DomainXml.child(layer, "backingStore").orElse(layer);
      if (below == layer || DiskSources.path(below).isEmpty()) {
        return;
      }
      layer = below;
    }
    if (layer != disk) {
      String format =
          DomainXml.child(layer, "format").map(f -> f.getAttribute("type")).orElse("raw");
      DiskSources.replace(disk, DiskSources.path(layer), format);
    }
  }

  private static void withoutAssignedPorts(Element graphics) {
    if (graphics.getAttribute("autoport").equals("yes")) {
      List.of("port", "tlsPort", "websocket").forEach(graphics::removeAttribute);
    }
  }

  private static void withoutTapName(Element networkInterface) {
    DomainXml.children(networkInterface, "target").stream()
        .filter(target -> target.getAttribute("dev").matches("(vnet|macvtap)\\d+"))
        .forEach(DomainXml::remove);
  }

  private static void withoutAssignedPath(Element device) {
    device.removeAttribute("tty");
    for (Element source : DomainXml.children(device, "source")) {
      String path = source.getAttribute("path");
      if (path.startsWith("/dev/pts/")
          || path.matches("/(var/lib|run)/libvirt/.*/domain-\\d+-.*")) {
        source.removeAttribute("path");
      }
    }
  }

  private static void dropVolatile(Element element) {
    for (Element child : DomainXml.children(element)) {
      if (VOLATILE.contains(child.getTagName())) {
        DomainXml.remove(child);
      } else {
        dropVolatile(child);
      }
    }
  }
}
