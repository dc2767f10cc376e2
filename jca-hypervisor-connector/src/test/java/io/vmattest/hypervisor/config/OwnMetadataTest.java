// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class OwnMetadataTest {
  private static final String OURS =
      "<vmattest:branch xmlns:vmattest='https://vmattest.io/xmlns/rollback/1' id='1' phase='X'>"
          + "c2VhbGVk</vmattest:branch>";
  private static final String FOREIGN = "<a:b xmlns:a='https://example.org/'>text</a:b>";

  private final CanonicalConfig canonical = new CanonicalConfig(path -> false);

  private static String domain(String metadata) {
    return "<domain>\n  <name>a</name>\n" + metadata + "<devices/></domain>";
  }

  private static String with(String... elements) {
    return domain("<metadata>\n" + String.join("\n", elements) + "\n</metadata>\n");
  }

  @Test
  void whatIsAttestedIsTheSameWithAndWithoutIt() throws Exception {
    String plain = canonical.of(domain(""));
    assertEquals(plain, canonical.of(with(OURS)));
    assertEquals(plain, canonical.of(with(OURS, OURS)));
    assertEquals(plain, canonical.of(domain("<metadata/>\n")), "libvirt leaves that behind");
    assertEquals(canonical.of(with(FOREIGN)), canonical.of(with(OURS, FOREIGN)));
  }

  @Test
  void anotherApplicationsIsAttested() throws Exception {
    assertTrue(canonical.of(with(FOREIGN)).contains("https://example.org/"));
    String samePrefix = OURS.replace("vmattest.io", "example.org");
    assertTrue(canonical.of(with(samePrefix)).contains("c2VhbGVk"));
  }

  @Test
  void itIsKnownByItsNamespaceWhereverThatIsDeclared() throws Exception {
    String plain = canonical.of(domain(""));
    String uri = "'" + OwnMetadata.NAMESPACE + "'";
    for (String metadata :
        List.of(
            "<metadata><x xmlns=" + uri + "/></metadata>",
            "<metadata><y:x xmlns:y=" + uri + "/></metadata>",
            "<metadata xmlns:z=" + uri + "><z:x/></metadata>")) {
      assertEquals(plain, canonical.of(domain(metadata)), metadata);
    }
  }

  @Test
  void onlyItsOwnPlaceCounts() throws Exception {
    String elsewhere = "<domain><devices>" + OURS + "</devices></domain>";
    assertTrue(canonical.of(elsewhere).contains("c2VhbGVk"));
    assertEquals(List.of(), OwnMetadata.list(elsewhere));
  }

  @Test
  void itIsFoundAndTakenOut() throws Exception {
    assertEquals(
        List.of(new OwnMetadata.Found("1", "c2VhbGVk")), OwnMetadata.list(with(FOREIGN, OURS)));
    String without = OwnMetadata.without(with(FOREIGN, OURS));
    assertEquals(List.of(), OwnMetadata.list(without));
    assertTrue(without.contains("https://example.org/"));
    String plain = domain("");
    assertSame(plain, OwnMetadata.without(plain));
  }

  @Test
  void anotherDefinitionGetsTheOneThatIsThere() throws Exception {
    for (String to : List.of(domain(""), with(FOREIGN), with(OURS.replace("id='1'", "id='2'")))) {
      String carried = OwnMetadata.carriedOver(with(OURS), to);
      assertEquals(List.of(new OwnMetadata.Found("1", "c2VhbGVk")), OwnMetadata.list(carried));
      assertEquals(canonical.of(to), canonical.of(carried));
    }
  }

  @Test
  void whatIsTooLargeToBeOursIsNotCarriedOver() throws Exception {
    String large = with(OURS.replace("c2VhbGVk", "A".repeat(1 << 20)));
    String carried = OwnMetadata.carriedOver(large, domain(""));
    assertFalse(carried.contains("vmattest"));
  }
}
