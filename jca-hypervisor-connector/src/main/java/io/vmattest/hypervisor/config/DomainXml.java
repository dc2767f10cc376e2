// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Reading domain XML: no document types, no entities, nothing fetched; and small steps through it.
 */
final class DomainXml {
  private static final int MAX_CHARACTERS = 4 << 20;
  private static final String NO_DOCTYPE = "http://apache.org/xml/features/disallow-doctype-decl";

  private DomainXml() {}

  /** The root element, which is {@code domain}. */
  static Element parse(String xml) throws MalformedDomainXmlException {
    if (xml.length() > MAX_CHARACTERS) {
      throw new MalformedDomainXmlException("domain XML of " + xml.length() + " characters");
    }
    try {
      DocumentBuilder builder = factory().newDocumentBuilder();
      builder.setErrorHandler(new DefaultHandler());
      Document document = builder.parse(new InputSource(new StringReader(xml)));
      Element root = document.getDocumentElement();
      if (!root.getTagName().equals("domain")) {
        throw new MalformedDomainXmlException("not a domain but " + root.getTagName());
      }
      return root;
    } catch (SAXException | IOException | ParserConfigurationException e) {
      throw new MalformedDomainXmlException("domain XML cannot be parsed: " + e.getMessage(), e);
    }
  }

  private static DocumentBuilderFactory factory() throws ParserConfigurationException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature(NO_DOCTYPE, true);
    factory.setExpandEntityReferences(false);
    factory.setXIncludeAware(false);
    factory.setCoalescing(true);
    factory.setIgnoringComments(true);
    return factory;
  }

  static List<Element> children(Element parent) {
    List<Element> result = new ArrayList<>();
    for (Node n = parent.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element element) {
        result.add(element);
      }
    }
    return result;
  }

  static List<Element> children(Element parent, String name) {
    return children(parent).stream().filter(e -> e.getTagName().equals(name)).toList();
  }

  static Optional<Element> child(Element parent, String name) {
    return children(parent, name).stream().findFirst();
  }

  /** The devices of one kind. */
  static List<Element> devices(Element domain, String name) {
    return child(domain, "devices").map(devices -> children(devices, name)).orElse(List.of());
  }

  static void remove(Element element) {
    Node parent = element.getParentNode();
    if (parent != null) {
      parent.removeChild(element);
    }
  }
}
