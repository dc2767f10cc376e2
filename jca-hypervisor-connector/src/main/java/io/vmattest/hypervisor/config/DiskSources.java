// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.w3c.dom.Element;

/** The disks in a domain's XML. */
public final class DiskSources {
  /**
   * A disk.
   *
   * @param target its name in the guest's sight, such as vda
   * @param type file, block, network, volume
   * @param path of the image; empty if there is none
   * @param format of the image, such as qcow2
   * @param writable whether the guest can change it
   */
  public record Disk(String target, String type, String path, String format, boolean writable) {}

  private DiskSources() {}

  /** All disks, in the XML's order. */
  public static List<Disk> list(String domainXml) throws MalformedDomainXmlException {
    List<Disk> result = new ArrayList<>();
    for (Element disk : DomainXml.devices(DomainXml.parse(domainXml), "disk")) {
      String type = disk.getAttribute("type");
      result.add(new Disk(target(disk), type, path(disk), format(disk), isWritable(disk)));
    }
    return result;
  }

  /**
   * What each disk rests on, as libvirt knows it.
   *
   * @param liveXml of a running domain
   * @return target to images, top first
   */
  public static Map<String, List<Path>> chains(String liveXml) throws MalformedDomainXmlException {
    Map<String, List<Path>> result = new LinkedHashMap<>();
    for (Element disk : DomainXml.devices(DomainXml.parse(liveXml), "disk")) {
      List<Path> images = new ArrayList<>();
      Optional<Element> layer = Optional.of(disk);
      while (layer.isPresent() && path(layer.get()).startsWith("/")) {
        images.add(Path.of(path(layer.get())).normalize());
        layer = DomainXml.child(layer.get(), "backingStore");
      }
      result.put(target(disk), List.copyOf(images));
    }
    return result;
  }

  /**
   * The same domain with other qcow2 images.
   *
   * @param images target to path of its new image
   */
  public static String withImages(String domainXml, Map<String, String> images)
      throws MalformedDomainXmlException {
    Element domain = DomainXml.parse(domainXml);
    List<String> missing = new ArrayList<>(images.keySet());
    for (Element disk : DomainXml.devices(domain, "disk")) {
      String image = images.get(target(disk));
      if (image != null) {
        replace(disk, image, "qcow2");
        DomainXml.children(disk, "backingStore").forEach(DomainXml::remove);
        missing.remove(target(disk));
      }
    }
    if (!missing.isEmpty()) {
      throw new MalformedDomainXmlException("the domain has no disk " + missing);
    }
    return XmlText.of(domain);
  }

  static boolean isWritable(Element disk) {
    return DomainXml.child(disk, "readonly").isEmpty()
        && !List.of("cdrom", "floppy").contains(disk.getAttribute("device"));
  }

  /** The image of a disk or of a layer of its backing chain. */
  static String path(Element layer) {
    return DomainXml.child(layer, "source")
        .map(s -> s.hasAttribute("file") ? s.getAttribute("file") : s.getAttribute("dev"))
        .orElse("");
  }

  static void replace(Element disk, String path, String format) {
    disk.setAttribute("type", path.startsWith("/dev/") ? "block" : "file");
    for (Element source : DomainXml.children(disk, "source")) {
      source.removeAttribute("file");
      source.removeAttribute("dev");
      source.removeAttribute("index");
      source.setAttribute(path.startsWith("/dev/") ? "dev" : "file", path);
    }
    DomainXml.child(disk, "driver").ifPresent(driver -> driver.setAttribute("type", format));
  }

  static String target(Element disk) {
    return DomainXml.child(disk, "target").map(t -> t.getAttribute("dev")).orElse("");
  }

  private static String format(Element disk) {
    return DomainXml.child(disk, "driver").map(d -> d.getAttribute("type")).orElse("raw");
  }
}
