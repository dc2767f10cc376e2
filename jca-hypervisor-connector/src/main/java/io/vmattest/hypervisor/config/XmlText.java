// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.Map;
import java.util.TreeMap;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * XML as text in one way only: attributes in the order of their names, white space between elements
 * replaced by an indentation, so that equal trees give equal bytes and people can compare lines.
 */
final class XmlText {
  private final StringBuilder out = new StringBuilder();

  private XmlText() {}

  static String of(Element element) {
    XmlText text = new XmlText();
    text.element(element, 0);
    return text.out.toString();
  }

  private void element(Element element, int depth) {
    String indent = "  ".repeat(depth);
    out.append(indent).append('<').append(element.getTagName());
    attributes(element)
        .forEach(
            (name, value) ->
                out.append(' ').append(name).append("='").append(escape(value)).append('\''));
    String text = DomainXml.children(element).isEmpty() ? element.getTextContent() : "";
    // What stood around a child that was dropped is as good as nothing.
    if (DomainXml.children(element).isEmpty() && text.isBlank()) {
      out.append("/>\n");
      return;
    }
    out.append('>');
    if (DomainXml.children(element).isEmpty()) {
      out.append(escape(text));
    } else {
      out.append('\n');
      content(element, depth + 1);
      out.append(indent);
    }
    out.append("</").append(element.getTagName()).append(">\n");
  }

  private void content(Element element, int depth) {
    for (Node n = element.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element child) {
        element(child, depth);
      } else if (n.getNodeType() == Node.TEXT_NODE && !n.getTextContent().isBlank()) {
        out.append("  ".repeat(depth)).append(escape(n.getTextContent().strip())).append('\n');
      }
    }
  }

  private static Map<String, String> attributes(Element element) {
    Map<String, String> sorted = new TreeMap<>();
    NamedNodeMap map = element.getAttributes();
    for (int i = 0; i < map.getLength(); i++) {
      sorted.put(map.item(i).getNodeName(), map.item(i).getNodeValue());
    }
    return sorted;
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '&' -> escaped.append("&amp;");
        case '\'' -> escaped.append("&apos;");
        case '\n', '\r', '\t' -> escaped.append("&#").append((int) c).append(';');
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
