// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.NetworkLink.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/** The links of the network interfaces in a domain's XML. */
public final class NetworkLinks {
  private NetworkLinks() {}

  /** All interfaces, in the XML's order. */
  public static List<NetworkLink> list(String liveXml) throws MalformedDomainXmlException {
    return interfaces(liveXml).stream().map(NetworkLinks::link).toList();
  }

  /**
   * XML of the interfaces whose link is another than is wanted, as it is to be. Without a word on
   * the link where there was none: a link that was down must not leave a trace in the
   * configuration.
   */
  public static List<String> changes(String liveXml, List<NetworkLink> wanted)
      throws MalformedDomainXmlException {
    List<String> changes = new ArrayList<>();
    for (Element element : interfaces(liveXml)) {
      NetworkLink now = link(element);
      Optional<NetworkLink> next =
          wanted.stream().filter(link -> link.mac().equals(now.mac())).findFirst();
      if (next.isPresent() && !next.get().equals(now)) {
        changes.add(with(element, next.get().state()));
      }
    }
    return changes;
  }

  private static List<Element> interfaces(String liveXml) throws MalformedDomainXmlException {
    return DomainXml.devices(DomainXml.parse(liveXml), "interface");
  }

  private static NetworkLink link(Element element) {
    String mac = DomainXml.child(element, "mac").map(m -> m.getAttribute("address")).orElse("");
    State state =
        DomainXml.child(element, "link")
            .map(link -> link.getAttribute("state").equals("down") ? State.DOWN : State.UP)
            .orElse(State.UNSAID);
    return new NetworkLink(mac, state);
  }

  private static String with(Element element, State state) {
    DomainXml.children(element, "link").forEach(DomainXml::remove);
    if (state != State.UNSAID) {
      Element link = element.getOwnerDocument().createElement("link");
      link.setAttribute("state", state == State.UP ? "up" : "down");
      element.appendChild(link);
    }
    return XmlText.of(element);
  }
}
