// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * An element, reduced to what configuration is made of.
 *
 * @param text without space around it; only where there are no child elements
 */
record XmlElement(
    String name, SortedMap<String, String> attributes, String text, List<XmlElement> children) {
  private static final int MAX_CHARACTERS = 1 << 20;
  private static final int MAX_DEPTH = 64;

  /** Reads hostile text: nothing outside it is fetched, no entity expanded. */
  static XmlElement parse(String xml) throws MalformedXmlException {
    if (xml.length() > MAX_CHARACTERS) {
      throw new MalformedXmlException("it has more than " + MAX_CHARACTERS + " characters");
    }
    try {
      DocumentBuilder builder = secureBuilder();
      builder.setErrorHandler(new Silent());
      return of(builder.parse(new InputSource(new StringReader(xml))).getDocumentElement(), 1);
    } catch (SAXException | IOException e) {
      throw new MalformedXmlException("it is not XML without a DTD", e);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the platform's parser has no secure mode", e);
    }
  }

  private static DocumentBuilder secureBuilder() throws ParserConfigurationException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
    factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
    factory.setExpandEntityReferences(false);
    factory.setXIncludeAware(false);
    factory.setIgnoringComments(true);
    factory.setCoalescing(true);
    return factory.newDocumentBuilder();
  }

  private static XmlElement of(Element element, int depth) throws MalformedXmlException {
    if (depth > MAX_DEPTH) {
      throw new MalformedXmlException("its elements are nested deeper than " + MAX_DEPTH);
    }
    List<XmlElement> children = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Node n = element.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element child) {
        children.add(of(child, depth + 1));
      } else if (n.getNodeType() == Node.TEXT_NODE) {
        text.append(n.getNodeValue());
      }
    }
    return new XmlElement(
        element.getTagName(),
        attributes(element),
        children.isEmpty() ? text.toString().strip() : "",
        List.copyOf(children));
  }

  private static SortedMap<String, String> attributes(Element element) {
    SortedMap<String, String> attributes = new TreeMap<>();
    for (int i = 0; i < element.getAttributes().getLength(); i++) {
      Node attribute = element.getAttributes().item(i);
      attributes.put(attribute.getNodeName(), attribute.getNodeValue());
    }
    return attributes;
  }

  /** As XML on one line, cut to what a person wants to see. */
  String abridged() {
    StringBuilder line = new StringBuilder("<").append(name);
    for (Map.Entry<String, String> attribute : attributes.entrySet()) {
      line.append(' ').append(attribute.getKey()).append("='");
      line.append(attribute.getValue()).append('\'');
    }
    line.append('>').append(text).append(children.isEmpty() ? "" : "…");
    return line.length() <= 200 ? line.toString() : line.substring(0, 199) + "…";
  }

  /** Says what is wrong by exception alone. */
  private static final class Silent extends DefaultHandler {
    @Override
    public void error(SAXParseException e) throws SAXException {
      throw e;
    }
  }
}
