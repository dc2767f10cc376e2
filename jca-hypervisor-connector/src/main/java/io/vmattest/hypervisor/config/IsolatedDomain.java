// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.w3c.dom.Element;

/**
 * The XML of a clone that a saved state can be loaded into and that reaches nothing outside of its
 * QEMU process. Every device stays, because QEMU loads the state of a device into the same device
 * alone; what is behind it is taken away (libvirt, formatdomain). What is not known here is
 * refused.
 */
public final class IsolatedDomain {
  private static final String CLONE = "vmattest:clone";
  private static final String NAMESPACE = "urn:vmattest:clone:1";

  /** Of another name space, and harmless: they say how QEMU's own devices are to be. */
  private static final Set<String> EXTENSIONS =
      Set.of("qemu:override", "qemu:capabilities", "qemu:deprecation");

  private IsolatedDomain() {}

  /** The name in a domain's XML; empty if there is none. */
  public static String name(String domainXml) throws MalformedDomainXmlException {
    return DomainXml.child(DomainXml.parse(domainXml), "name")
        .map(name -> name.getTextContent().strip())
        .orElse("");
  }

  /**
   * The file with the firmware's variables, which has to be copied.
   *
   * @throws NotIsolableException if they are in no file
   */
  public static Optional<Path> nvram(String domainXml)
      throws MalformedDomainXmlException, NotIsolableException {
    for (Element nvram : nvrams(DomainXml.parse(domainXml))) {
      String path =
          DomainXml.child(nvram, "source")
              .map(source -> source.getAttribute("file"))
              .orElseGet(() -> nvram.getTextContent().strip());
      if (!path.startsWith("/")) {
        throw new NotIsolableException("the firmware's variables are in no file of this host");
      }
      return Optional.of(Path.of(path));
    }
    return Optional.empty();
  }

  /**
   * @param domainXml that the state was saved with
   * @param images target of each writable disk to the path of its new qcow2 image
   * @param nvram the copy of what {@link #nvram} names
   */
  public static String of(
      String domainXml, CloneIdentity identity, Map<String, String> images, Optional<Path> nvram)
      throws MalformedDomainXmlException, NotIsolableException {
    Element domain = DomainXml.parse(domainXml);
    checkExtensions(domain);
    identify(domain, identity);
    for (Element old : nvrams(domain)) {
      replaceNvram(old, nvram);
    }
    // The clone's labels are its own; only what the operator fixed is as he wants it.
    DomainXml.children(domain, "seclabel").stream()
        .filter(label -> !label.getAttribute("type").equals("static"))
        .forEach(DomainXml::remove);
    IsolatedDevices.cutOff(devices(domain), images);
    return XmlText.of(domain);
  }

  /**
   * Names of the backends that QEMU has for the interfaces of a running domain, which libvirt makes
   * of the interfaces' aliases (qemu_command.c, {@code host} and the alias).
   */
  public static List<String> networkBackends(String liveXml) throws MalformedDomainXmlException {
    return DomainXml.devices(DomainXml.parse(liveXml), "interface").stream()
        .flatMap(device -> DomainXml.child(device, "alias").stream())
        .map(alias -> "host" + alias.getAttribute("name"))
        .toList();
  }

  private static void checkExtensions(Element domain) throws NotIsolableException {
    if (DomainXml.child(domain, "launchSecurity").isPresent()) {
      throw new NotIsolableException("its memory is hidden from the host");
    }
    for (Element child : DomainXml.children(domain)) {
      if (child.getTagName().contains(":") && !EXTENSIONS.contains(child.getTagName())) {
        throw new NotIsolableException(
            child.getTagName() + " may reach anything, and cannot be cut off");
      }
    }
  }

  /** libvirt reads all of several, and other code here the first. */
  private static Element devices(Element domain)
      throws MalformedDomainXmlException, NotIsolableException {
    List<Element> all = DomainXml.children(domain, "devices");
    if (all.size() != 1) {
      throw new MalformedDomainXmlException(
          "the domain has devices %d times".formatted(all.size()));
    }
    return all.get(0);
  }

  private static void identify(Element domain, CloneIdentity identity) {
    domain.removeAttribute("id");
    set(domain, "uuid", identity.id().toString());
    set(domain, "name", identity.name());
    // libvirt wants the same in the tables of the firmware, which the saved memory has already.
    for (Element system : systems(domain)) {
      DomainXml.children(system, "entry").stream()
          .filter(entry -> entry.getAttribute("name").equals("uuid"))
          .forEach(entry -> entry.setTextContent(identity.id().toString()));
    }
    for (String event : List.of("on_poweroff", "on_reboot", "on_crash")) {
      set(domain, event, "destroy");
    }
    set(domain, "metadata", "").appendChild(clone(domain, identity));
  }

  private static List<Element> systems(Element domain) {
    return DomainXml.children(domain, "sysinfo").stream()
        .flatMap(sysinfo -> DomainXml.children(sysinfo, "system").stream())
        .toList();
  }

  private static Element clone(Element domain, CloneIdentity identity) {
    Element clone = domain.getOwnerDocument().createElement(CLONE);
    clone.setAttribute("xmlns:vmattest", NAMESPACE);
    clone.setAttribute("vm", identity.original().toString());
    clone.setAttribute("snapshot", identity.snapshot());
    return clone;
  }

  private static Element set(Element domain, String name, String text) {
    DomainXml.children(domain, name).forEach(DomainXml::remove);
    Element element = domain.getOwnerDocument().createElement(name);
    element.setTextContent(text);
    domain.appendChild(element);
    return element;
  }

  private static List<Element> nvrams(Element domain) {
    return DomainXml.children(domain, "os").stream()
        .flatMap(os -> DomainXml.children(os, "nvram").stream())
        .toList();
  }

  private static void replaceNvram(Element old, Optional<Path> copy) throws NotIsolableException {
    if (copy.isEmpty()) {
      throw new NotIsolableException("the firmware's variables were not copied");
    }
    old.removeAttribute("type");
    old.removeAttribute("template");
    old.setTextContent(copy.get().toString());
  }
}
