// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/**
 * The image that libvirt believes a disk of a running domain to write.
 *
 * @param target the disk's name in the guest's sight, such as vda
 * @param alias of the device in QEMU, such as virtio-disk0; empty if it has none
 * @param path of the image; empty if it is neither file nor block device
 * @param index libvirt's number of the image, from which it makes QEMU's node names
 */
public record ActiveImage(String target, String alias, String path, Optional<String> index) {

  /** Those of the disks that a guest can write to, in the XML's order. */
  public static List<ActiveImage> list(String liveXml) throws MalformedDomainXmlException {
    List<ActiveImage> result = new ArrayList<>();
    for (Element disk : DomainXml.devices(DomainXml.parse(liveXml), "disk")) {
      if (DiskSources.isWritable(disk)) {
        result.add(of(disk));
      }
    }
    return List.copyOf(result);
  }

  private static ActiveImage of(Element disk) {
    return new ActiveImage(
        DiskSources.target(disk),
        DomainXml.child(disk, "alias").map(a -> a.getAttribute("name")).orElse(""),
        DiskSources.path(disk),
        DomainXml.child(disk, "source")
            .map(s -> s.getAttribute("index"))
            .filter(index -> index.matches("[0-9]{1,10}")));
  }
}
