// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutableRuleTest {
  private static final Digest DIGEST = Digest.sha256(new byte[0]);

  @Test
  void aRuleNamesAPathOrADigestOrBoth() {
    String digest = "sha256:" + DIGEST.hex();
    assertEquals("/bin/*", written("/bin/*"));
    assertEquals("/a file", written("/a file"));
    assertEquals("any " + DIGEST.hex(), written(digest));
    assertEquals("/a file " + DIGEST.hex(), written("/a file " + digest));
    assertEquals("/sha256:no", written("/sha256:no"));
  }

  private static String written(String text) {
    ExecutableRule rule = ExecutableRule.parse(text);
    return rule.path().orElse("any") + rule.digest().map(digest -> " " + digest.hex()).orElse("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sh", " ", "sha256:", "sha256:00", "/a\nb", "/a sha256:00", "*"})
  void whatIsNeitherIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> ExecutableRule.parse(text));
  }
}
