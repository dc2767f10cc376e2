// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.ArrayList;
import java.util.List;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * What this module writes into a domain's {@code metadata} (libvirt, formatdomain, General
 * metadata): it is no part of what is attested, kept or put back. Whoever may define the domain can
 * write it as well.
 */
public final class OwnMetadata {
  /** The namespace of all elements of ours. */
  public static final String NAMESPACE = "https://vmattest.io/xmlns/rollback/1";

  /** In characters: no more than that is ours, and the definition has to stay acceptable. */
  private static final int MAX_CARRIED = 128 << 10;

  private static final String METADATA = "metadata";

  /**
   * An element of ours, as it was found.
   *
   * @param id its attribute of this name; empty if there is none
   * @param text its content
   */
  public record Found(String id, String text) {}

  private OwnMetadata() {}

  /** The elements of ours, in the XML's order. */
  public static List<Found> list(String domainXml) throws MalformedDomainXmlException {
    return elements(DomainXml.parse(domainXml)).stream()
        .map(e -> new Found(e.getAttribute("id"), e.getTextContent().strip()))
        .toList();
  }

  /** The same domain without what is ours; the same text, if it had none. */
  public static String without(String domainXml) throws MalformedDomainXmlException {
    Element domain = DomainXml.parse(domainXml);
    if (elements(domain).isEmpty()) {
      return domainXml;
    }
    drop(domain);
    return XmlText.of(domain);
  }

  /** A domain's XML with what another XML of it has of ours, in place of its own. */
  public static String carriedOver(String fromXml, String toXml)
      throws MalformedDomainXmlException {
    List<Element> carried = elements(DomainXml.parse(fromXml));
    if (carried.isEmpty()) {
      return without(toXml);
    }
    Element domain = DomainXml.parse(toXml);
    drop(domain);
    Document document = domain.getOwnerDocument();
    Element metadata =
        DomainXml.child(domain, METADATA)
            .orElseGet(() -> (Element) domain.appendChild(document.createElement(METADATA)));
    for (Element element : carried) {
      Element copy = (Element) metadata.appendChild(document.importNode(element, true));
      copy.setAttribute(declaration(copy), NAMESPACE);
    }
    String result = XmlText.of(domain);
    return result.length() - toXml.length() > MAX_CARRIED ? without(toXml) : result;
  }

  /** Also the empty element that libvirt leaves when an application's last one is taken out. */
  static void drop(Element domain) {
    elements(domain).forEach(DomainXml::remove);
    DomainXml.children(domain, METADATA).stream()
        .filter(m -> DomainXml.children(m).isEmpty() && m.getTextContent().isBlank())
        .forEach(DomainXml::remove);
  }

  private static List<Element> elements(Element domain) {
    List<Element> result = new ArrayList<>();
    for (Element metadata : DomainXml.children(domain, METADATA)) {
      for (Element element : DomainXml.children(metadata)) {
        if (namespace(element).equals(NAMESPACE)) {
          result.add(element);
        }
      }
    }
    return result;
  }

  /** By hand, for the documents are parsed without; empty if it has none. */
  private static String namespace(Element element) {
    String declaration = declaration(element);
    for (Node n = element; n instanceof Element scope; n = n.getParentNode()) {
      if (scope.hasAttribute(declaration)) {
        return scope.getAttribute(declaration);
      }
    }
    return "";
  }

  /** The attribute that says what an element's prefix means (Namespaces in XML 1.0, 3). */
  private static String declaration(Element element) {
    int colon = element.getTagName().indexOf(':');
    return colon < 0 ? "xmlns" : "xmlns:" + element.getTagName().substring(0, colon);
  }
}
