// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DefinitionCheckTest {
  private static final String IMAGES = "/var/lib/libvirt/images/";
  private static final String TOP = overlay(4);
  private static final String BELOW = overlay(1);
  private static final String BASE = IMAGES + "guest.qcow2";

  private String live;

  private static String overlay(int number) {
    return IMAGES + "guest.vmattest-0000000" + number + "-0000-4000-8000-000000000000.qcow2";
  }

  @BeforeEach
  void read() throws Exception {
    live = Recorded.text("domain.xml");
  }

  private Map<String, String> missing(String defined) throws Exception {
    return DefinitionCheck.missing(
        live,
        """
        <domain><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
        <source file='%s'/><target dev='vda' bus='virtio'/></disk></devices></domain>"""
            .formatted(defined));
  }

  @Test
  void aDefinitionThatNamesTheImageBelowMissesTheOverlay() throws Exception {
    assertEquals(Map.of("vda", TOP), missing(BELOW));
    assertEquals(Map.of("vda", TOP), missing(IMAGES + "../images" + BELOW.substring(23)));
  }

  /** Whoever defined the domain with an image that no switch left there has his reasons. */
  @Test
  void whateverElseADefinitionNamesIsMeant() throws Exception {
    for (String image : new String[] {TOP, BASE, "/elsewhere/guest.qcow2", ""}) {
      assertEquals(Map.of(), missing(image), image);
    }
  }

  @Test
  void anOverlayThatOthersMadeIsTheirs() throws Exception {
    live = live.replace(TOP, IMAGES + "others.qcow2");
    assertEquals(Map.of(), missing(BELOW));
  }

  @Test
  void aDiskThatDoesNotRunYetIsLeftAlone() throws Exception {
    live = live.replace("<target dev='vda'", "<target dev='vdb'");
    assertEquals(Map.of(), missing(BELOW));
  }

  private static Map<String, String> outdated(String top, String inDefinition, Path... actual)
      throws Exception {
    return DefinitionCheck.outdated(
        """
        <domain><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
        <source file='%s'/>%s<target dev='vda' bus='virtio'/></disk></devices></domain>"""
            .formatted(top, inDefinition),
        (image, format) -> {
          assertEquals(Path.of(top), image);
          assertEquals("qcow2", format);
          return List.of(actual);
        });
  }

  private static String below(String image, String further) {
    return "<backingStore type='file'><format type='qcow2'/><source file='%s'/>%s</backingStore>"
        .formatted(image, further);
  }

  private static final Path[] MERGED = {Path.of(TOP), Path.of(BASE)};

  @Test
  void aDefinitionThatNamesAnImageThatWasMergedAwayIsOutdated() throws Exception {
    assertEquals(Map.of("vda", TOP), outdated(TOP, below(BELOW, below(BASE, "")), MERGED));
    assertEquals(Map.of("vda", TOP), outdated(TOP, below(BASE, below(BELOW, "")), MERGED));
  }

  @Test
  void aDefinitionThatGivesTheChainAsItIsOrNotAtAllIsNot() throws Exception {
    assertEquals(Map.of(), outdated(TOP, below(BASE, "<backingStore/>"), MERGED));
    assertEquals(Map.of(), outdated(TOP, "", MERGED));
    assertEquals(Map.of(), outdated(TOP, "<backingStore/>", MERGED));
    assertEquals(
        Map.of(), outdated(TOP, below(BELOW, ""), Path.of(TOP), Path.of(BELOW), Path.of(BASE)));
  }

  /** Whoever gave the chain of his own image has his reasons. */
  @Test
  void aChainUnderAnImageThatIsNotOursIsMeant() throws Exception {
    assertEquals(Map.of(), outdated(BASE, below(BELOW, ""), Path.of(BASE)));
  }
}
