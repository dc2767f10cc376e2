// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.report.StateComponent.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads and merges lists of {@code component} of docs/report-format.cddl. */
final class Components {
  /** Identifier of SHA-256 (RFC 9054, 2.1). */
  private static final long SHA_256 = -16;

  private static final int MAX_COMPONENTS = 256;
  private static final int MAX_NAME = 255;

  private Components() {}

  /** Reads components that must be in the order of their names, no two alike. */
  static List<StateComponent> read(CborItem item, int min, Origin origin)
      throws MalformedCborException {
    List<StateComponent> components = new ArrayList<>();
    String last = "";
    for (CborItem component : item.array(min, MAX_COMPONENTS)) {
      StateComponent read = readOne(component, origin);
      if (NameOrder.BYTEWISE.compare(last, read.name()) >= 0) {
        throw component.malformed("is not in the order of names");
      }
      components.add(read);
      last = read.name();
    }
    return components;
  }

  private static StateComponent readOne(CborItem item, Origin origin)
      throws MalformedCborException {
    List<CborItem> fields = item.array(4, 4);
    if (fields.get(1).integer() != SHA_256) {
      throw fields.get(1).malformed("is not the identifier of SHA-256");
    }
    return new StateComponent(
        fields.get(0).text(1, MAX_NAME),
        MeasuredClaimsDecoder.readDigest(fields.get(2)),
        fields.get(3).uint(),
        origin);
  }

  /** Both lists in the order of names; the host may not speak of what the module measured. */
  static List<StateComponent> merge(List<StateComponent> measured, List<StateComponent> host)
      throws MalformedCborException {
    List<StateComponent> all = new ArrayList<>(measured);
    all.addAll(host);
    Set<String> names = new HashSet<>();
    for (StateComponent component : all) {
      if (!names.add(component.name())) {
        throw new MalformedCborException(
            "component " + component.name() + " is claimed by the module and by the host");
      }
    }
    all.sort(Comparator.comparing(StateComponent::name, NameOrder.BYTEWISE));
    return all;
  }
}
