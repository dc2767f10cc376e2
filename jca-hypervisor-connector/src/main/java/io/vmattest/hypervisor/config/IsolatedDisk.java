// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.w3c.dom.Element;

/** A disk of a clone: an image of its own, a file that it only reads, or a drive without medium. */
final class IsolatedDisk {
  private IsolatedDisk() {}

  /**
   * @param images target to the path of its new qcow2 image
   * @param covered is given the target if it has a new image
   */
  static void cutOff(Element disk, Map<String, String> images, Set<String> covered)
      throws NotIsolableException {
    DomainXml.children(disk, "backingStore").forEach(DomainXml::remove);
    for (String name : List.of("mirror", "transient", "shareable")) {
      DomainXml.children(disk, name).forEach(DomainXml::remove);
    }
    for (String attribute : List.of("rawio", "sgio", "snapshot")) {
      disk.removeAttribute(attribute);
    }
    String target = DiskSources.target(disk);
    String image = images.get(target);
    if (image != null && covered.add(target)) {
      ownImage(disk, image);
    } else if (isDrive(disk)) {
      keepOrEject(disk);
    } else if (DiskSources.isWritable(disk) || !isPlainFile(disk)) {
      throw new NotIsolableException("disk %s is not in the snapshot".formatted(target));
    }
  }

  private static void ownImage(Element disk, String image) {
    for (Element source : DomainXml.children(disk, "source")) {
      IsolatedDevices.keepOnly(source, Set.of("seclabel"));
      IsolatedDevices.removeAttributesBut(source, Set.of());
    }
    DiskSources.replace(disk, image, "qcow2");
  }

  private static boolean isDrive(Element disk) {
    return List.of("cdrom", "floppy").contains(disk.getAttribute("device"));
  }

  private static void keepOrEject(Element drive) {
    boolean read =
        drive.getAttribute("device").equals("cdrom")
            || DomainXml.child(drive, "readonly").isPresent();
    if (!read || !isPlainFile(drive)) {
      DomainXml.children(drive, "source").forEach(DomainXml::remove);
      drive.setAttribute("type", "file");
    }
  }

  /** In no way that needs more than to open it. */
  private static boolean isPlainFile(Element disk) {
    List<Element> sources = DomainXml.children(disk, "source");
    return disk.getAttribute("type").equals("file")
        && sources.stream()
            .allMatch(source -> DomainXml.children(source, "reservations").isEmpty());
  }
}
