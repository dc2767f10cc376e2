// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static io.vmattest.hypervisor.blocks.Recorded.AFTER_SWITCH;
import static io.vmattest.hypervisor.blocks.Recorded.BEFORE_SWITCH;
import static io.vmattest.hypervisor.blocks.Recorded.differences;
import static io.vmattest.hypervisor.blocks.Recorded.graph;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.blocks.BlockGraph.Node;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChainDifferencesTest {
  private static final String FOUR = overlay(4);
  private static final String FIVE = overlay(5);
  private String xml;

  private static String overlay(int number) {
    return "/var/lib/libvirt/images/guest.vmattest-0000000%d-0000-4000-8000-000000000000.qcow2"
        .formatted(number);
  }

  @BeforeEach
  void read() throws Exception {
    xml = Recorded.text("domain.xml");
  }

  /** As libvirt would know it. */
  private String xmlThatKnowsFive() {
    return xml.replace(
        "<source file='" + FOUR + "' index='4'/>",
        "<source file='"
            + FIVE
            + "' index='5'/><backingStore type='file' index='4'>"
            + "<format type='qcow2'/><source file='"
            + FOUR
            + "'/></backingStore>");
  }

  private static List<String> names(List<Node> nodes) {
    return nodes.stream().map(Node::name).toList();
  }

  @Test
  void nothingDiffersWhereLibvirtKnowsWhatQemuWrites() throws Exception {
    assertTrue(differences(xmlThatKnowsFive(), graph(AFTER_SWITCH)).isEmpty());
  }

  /** QEMU does not say in which order it tells its nodes. */
  @Test
  void nodesThatWereAddedAndNotSwitchedToAreLeftOverTheFormatFirst() throws Exception {
    BlockGraph graph = graph(BEFORE_SWITCH);
    assertLeftOver(graph);
    List<Node> reversed = new ArrayList<>(graph.nodes());
    Collections.reverse(reversed);
    assertLeftOver(new BlockGraph(graph.devices(), reversed));
  }

  private void assertLeftOver(BlockGraph graph) throws Exception {
    ChainDifferences found = differences(xml, graph);
    assertEquals(List.of("libvirt-5-format", "libvirt-5-storage"), names(found.leftOver()));
    assertEquals(List.of(), found.strays());
    assertEquals(List.of(), found.unexplained());
    assertEquals(Set.of(), found.written());
  }

  @Test
  void anOverlayThatOnlyQemuKnowsIsAStrayAndNothingOfItIsLeftOver() throws Exception {
    ChainDifferences found = differences(xml, graph(AFTER_SWITCH));
    StrayOverlay stray =
        new StrayOverlay(
            "vda", Path.of(FIVE), "libvirt-5-format", Path.of(FOUR), "libvirt-4-format");
    assertEquals(List.of(stray), found.strays());
    assertEquals(List.of(), found.leftOver());
    assertEquals(List.of(), found.unexplained());
    assertEquals(Set.of(Path.of(FIVE)), found.written());
  }

  private ChainDifferences unexplained(String xml, String devices) throws Exception {
    String nodes = Recorded.text(AFTER_SWITCH + ".query-named-block-nodes.json");
    ChainDifferences found = differences(xml, graph(devices, nodes));
    assertEquals(1, found.unexplained().size());
    assertTrue(found.unexplained().get(0).contains("vda"), found.unexplained().get(0));
    assertEquals(List.of(), found.strays());
    return found;
  }

  private static String switched() throws Exception {
    return Recorded.text(AFTER_SWITCH + ".query-block.json");
  }

  @Test
  void anOverlayThatIsNotOursIsNotTouched() throws Exception {
    ChainDifferences found = unexplained(xml, switched().replace(FIVE, "/srv/other.qcow2"));
    assertEquals(Set.of(), found.written());
  }

  @Test
  void anImageThatLiesBetweenIsNotCommittedOver() throws Exception {
    String deeper = switched().replace("\"backing_file_depth\": 3", "\"backing_file_depth\": 4");
    ChainDifferences found = unexplained(xml, deeper);
    assertEquals(Set.of(Path.of(FIVE)), found.written(), "but it is not swept away either");
  }

  @Test
  void anImageThatQemuDoesNotHaveIsNotCommittedInto() throws Exception {
    unexplained(xml.replace("index='4'", "index='9'"), switched());
  }

  @Test
  void aDiskThatQemuDoesNotHaveIsNamed() throws Exception {
    unexplained(xml, "{\"return\":[]}");
  }

  @Test
  void aDiskIsFoundByItsNodeWhereTheDeviceHasAnotherName() throws Exception {
    String renamed = switched().replace("/machine/peripheral/virtio-disk0/", "/machine/x/");
    String nodes = Recorded.text(AFTER_SWITCH + ".query-named-block-nodes.json");
    assertTrue(differences(xmlThatKnowsFive(), graph(renamed, nodes)).isEmpty());
  }

  /** virtio-disk1 is not a part of virtio-disk10. */
  @Test
  void theDeviceOfAnotherDiskIsNotTakenForIt() throws Exception {
    unexplained(xml.replace("virtio-disk0", "virtio-disk"), switched());
  }

  @Test
  void belowAFilterOfTheDisksTheOverlayCounts() throws Exception {
    String filtered =
        switched()
            .replace("\"drv\": \"qcow2\"", "\"drv\": \"copy-on-read\"")
            .replace("\"libvirt-5-format\"", "\"libvirt-CoR-vda\"");
    String nodes = Recorded.text(AFTER_SWITCH + ".query-named-block-nodes.json");
    assertTrue(differences(xmlThatKnowsFive(), graph(filtered, nodes)).isEmpty());
    unexplained(xml, filtered);
  }

  @Test
  void readOnlyDisksAreNotCompared() throws Exception {
    String readOnly = xml.replace("<target dev='vda' bus='virtio'/>", "$0<readonly/>");
    assertEquals(List.of(), differences(readOnly, graph(BEFORE_SWITCH)).unexplained());
  }
}
