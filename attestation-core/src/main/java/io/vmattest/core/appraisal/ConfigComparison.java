// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.StateComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Names where a VM's configuration differs. */
final class ConfigComparison {
  /** More differences than this are counted, not listed. */
  static final int MAX_DIFFERENCES = 64;

  private static final String CONFIG = "config";

  private ConfigComparison() {}

  static List<Discrepancy> compare(
      StateComponent expected,
      StateComponent actual,
      Optional<String> baselineConfig,
      Optional<String> currentConfig) {
    if (!isTextOf(expected, baselineConfig) || !isTextOf(actual, currentConfig)) {
      return List.of(
          whole(expected, actual, "what does is not known, for its text is not at hand."));
    }
    List<XmlDifference> differences;
    try {
      differences =
          XmlDifference.between(
              XmlElement.parse(baselineConfig.orElse("")),
              XmlElement.parse(currentConfig.orElse("")));
    } catch (MalformedXmlException e) {
      return List.of(whole(expected, actual, "its text cannot be compared: " + e.getMessage()));
    }
    return differences.isEmpty()
        ? List.of(whole(expected, actual, "but in space or order alone."))
        : list(differences);
  }

  /** A text is only believed if it is the one that was attested. */
  private static boolean isTextOf(StateComponent component, Optional<String> text) {
    return text.map(t -> Digest.sha256(t.getBytes(StandardCharsets.UTF_8)))
        .filter(component.digest()::equals)
        .isPresent();
  }

  private static Discrepancy whole(StateComponent expected, StateComponent actual, String why) {
    return Discrepancies.of(
        CONFIG,
        CONFIG,
        expected.digest().hex(),
        actual.digest().hex(),
        "The configuration differs; " + why);
  }

  private static List<Discrepancy> list(List<XmlDifference> differences) {
    List<Discrepancy> all = new ArrayList<>();
    for (XmlDifference difference :
        differences.subList(0, Math.min(differences.size(), MAX_DIFFERENCES))) {
      all.add(
          Discrepancies.of(
              CONFIG,
              difference.path(),
              difference.expected().orElse(Discrepancies.ABSENT),
              difference.actual().orElse(Discrepancies.ABSENT),
              "%s %s in the configuration.".formatted(difference.path(), what(difference))));
    }
    int rest = differences.size() - all.size();
    if (rest > 0) {
      all.add(
          Discrepancies.of(
              CONFIG,
              rest + " more differences",
              "equal",
              "different",
              "In all, %d places of the configuration differ.".formatted(differences.size())));
    }
    return all;
  }

  private static String what(XmlDifference difference) {
    if (difference.expected().isEmpty()) {
      return "was added";
    }
    return difference.actual().isEmpty() ? "was removed" : "changed";
  }
}
