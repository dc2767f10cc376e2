// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.w3c.dom.Element;

/** What is left of each kind of device in a clone; see {@link IsolatedDomain}. */
final class IsolatedDevices {
  /** What an interface's device is made of; the rest is about where it leads. */
  private static final Set<String> OF_INTERFACE =
      Set.of("mac", "model", "driver", "address", "alias", "boot", "rom", "acpi", "mtu", "teaming");

  /** Backends with virtio's headers, without which the state of such an interface is refused. */
  private static final Set<String> TAP = Set.of("network", "bridge", "ethernet", "direct");

  private static final Set<String> SOCKET = Set.of("user", "udp", "mcast", "server", "client");

  private static final Set<String> OF_CHARACTER_DEVICE =
      Set.of("target", "address", "alias", "boot", "acpi");

  private IsolatedDevices() {}

  /**
   * @param images see {@link IsolatedDomain#of}
   */
  static void cutOff(Element devices, Map<String, String> images)
      throws MalformedDomainXmlException, NotIsolableException {
    Set<String> covered = new HashSet<>();
    for (Element device : DomainXml.children(devices)) {
      if (device.getTagName().equals("disk")) {
        IsolatedDisk.cutOff(device, images, covered);
      } else {
        cutOff(device);
      }
    }
    List<String> missing = new ArrayList<>(images.keySet());
    missing.removeAll(covered);
    if (!missing.isEmpty()) {
      throw new MalformedDomainXmlException("the domain has no disk " + missing);
    }
  }

  private static void cutOff(Element device) throws NotIsolableException {
    switch (device.getTagName()) {
      case "emulator", "controller", "hub", "sound", "memballoon", "panic", "iommu", "redirfilter":
        break;
      case "graphics", "lease":
        DomainXml.remove(device);
        break;
      case "interface":
        cutOffInterface(device);
        break;
      case "serial", "parallel", "console", "channel", "redirdev":
        cutOffCharacters(device);
        break;
      case "rng":
        useOwnRandom(device);
        break;
      case "audio":
        keepOnly(device, Set.of());
        removeAttributesBut(device, Set.of("id", "timerPeriod"));
        device.setAttribute("type", "none");
        break;
      case "watchdog":
        // Others write a dump into a folder of the host, or do something to the guest.
        device.setAttribute("action", "pause");
        break;
      default:
        check(device);
    }
  }

  private static void check(Element device) throws NotIsolableException {
    boolean known =
        switch (device.getTagName()) {
          case "input" ->
              Set.of("mouse", "keyboard", "tablet").contains(device.getAttribute("type"));
          case "video" ->
              DomainXml.children(device, "driver").stream()
                  .noneMatch(driver -> driver.getAttribute("name").equals("vhostuser"));
          case "memory" -> Set.of("dimm", "virtio-mem").contains(device.getAttribute("model"));
          case "tpm" -> keepsItsOwnTpm(device);
          default -> false;
        };
    if (!known) {
      String kind = device.getAttribute("type") + device.getAttribute("model");
      throw new NotIsolableException(
          "its device %s cannot be cut off from the outside"
              .formatted((device.getTagName() + " " + kind).strip()));
    }
  }

  /** libvirt gives each domain an emulator with a folder of its own; its state is in the stream. */
  private static boolean keepsItsOwnTpm(Element tpm) {
    List<Element> backends = DomainXml.children(tpm, "backend");
    for (Element backend : backends) {
      backend.removeAttribute("persistent_state");
      DomainXml.children(backend, "source").forEach(DomainXml::remove);
    }
    return backends.size() == 1 && backends.get(0).getAttribute("type").equals("emulator");
  }

  private static void cutOffInterface(Element device) throws NotIsolableException {
    String type = device.getAttribute("type");
    if (!TAP.contains(type) && !SOCKET.contains(type)) {
      throw new NotIsolableException("an interface of type %s cannot be cut off".formatted(type));
    }
    keepOnly(device, OF_INTERFACE);
    removeAttributesBut(device, Set.of());
    device.setAttribute("type", TAP.contains(type) ? "ethernet" : "user");
    Element link = device.getOwnerDocument().createElement("link");
    link.setAttribute("state", "down");
    device.appendChild(link);
  }

  private static void cutOffCharacters(Element device) {
    boolean network =
        DomainXml.children(device, "target").stream()
            .anyMatch(target -> target.getAttribute("type").equals("guestfwd"));
    if (network) {
      // No device, but an address in the network of another one.
      DomainXml.remove(device);
      return;
    }
    keepOnly(device, OF_CHARACTER_DEVICE);
    removeAttributesBut(device, Set.of("bus"));
    device.setAttribute("type", "null");
  }

  private static void useOwnRandom(Element rng) {
    for (Element backend : DomainXml.children(rng, "backend")) {
      if (!backend.getAttribute("model").equals("builtin")) {
        removeAttributesBut(backend, Set.of());
        backend.setAttribute("model", "random");
        backend.setTextContent("/dev/urandom");
      }
    }
  }

  static void keepOnly(Element element, Set<String> names) {
    DomainXml.children(element).stream()
        .filter(child -> !names.contains(child.getTagName()))
        .forEach(DomainXml::remove);
  }

  static void removeAttributesBut(Element element, Set<String> names) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < element.getAttributes().getLength(); i++) {
      all.add(element.getAttributes().item(i).getNodeName());
    }
    all.removeAll(names);
    all.forEach(element::removeAttribute);
  }
}
