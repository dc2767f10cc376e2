// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import io.vmattest.hypervisor.config.DiskSources.Disk;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The XML that asks libvirt to switch disks to overlays. */
public final class SnapshotXml {
  private SnapshotXml() {}

  /**
   * @param disks all disks of the domain
   * @param overlays target to overlay of those that are switched
   */
  public static String diskOnly(List<Disk> disks, Map<String, Path> overlays) {
    Document document = newDocument();
    Element root = append(document, document, "domainsnapshot");
    Element list = append(document, root, "disks");
    for (Disk disk : disks) {
      Element element = append(document, list, "disk");
      element.setAttribute("name", disk.target());
      Path overlay = overlays.get(disk.target());
      if (overlay == null) {
        element.setAttribute("snapshot", "no");
        continue;
      }
      element.setAttribute("snapshot", "external");
      element.setAttribute("type", "file");
      append(document, element, "driver").setAttribute("type", "qcow2");
      append(document, element, "source").setAttribute("file", overlay.toString());
    }
    return XmlText.of(root);
  }

  private static Element append(Document document, org.w3c.dom.Node parent, String name) {
    Element element = document.createElement(name);
    parent.appendChild(element);
    return element;
  }

  private static Document newDocument() {
    try {
      return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().newDocument();
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("every Java platform can make an empty document", e);
    }
  }
}
