// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockGraphTest {
  private static final String NOTHING = "{\"return\":[]}";

  private static final String NODE =
      "{\"node-name\":\"a\",\"drv\":\"qcow2\",\"file\":\"/x\",\"backing_file_depth\":0}";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"return\":{}}",
        "{\"return\":[1]}",
        "{\"return\":[{\"node-name\":\"a\",\"drv\":\"qcow2\",\"file\":\"/x\"}]}",
        "{\"return\":[{\"backing_file_depth\":\"0\"}]}",
        "{\"return\":[{\"backing_file_depth\":1e99}]}"
      })
  void anAnswerThatIsNoneIsRefused(String nodes) {
    LibvirtFailure refused =
        assertThrows(LibvirtFailure.class, () -> Recorded.graph(NOTHING, nodes));
    assertTrue(String.valueOf(refused.getMessage()).contains("malformed"), refused.getMessage());
  }

  @Test
  void theNumberAndTheLengthOfWhatIsReadAreLimited() throws Exception {
    String most = NODE + ("," + NODE).repeat(BlockGraph.MAX_ENTRIES - 1);
    String nodes = "{\"return\":[" + most + "]}";
    assertEquals(BlockGraph.MAX_ENTRIES, Recorded.graph(NOTHING, nodes).nodes().size());
    String more = "{\"return\":[" + most + "," + NODE + "]}";
    assertThrows(LibvirtFailure.class, () -> Recorded.graph(NOTHING, more));
    String longName = "{\"return\":[" + NODE.replace("/x", "/" + "x".repeat(20_000)) + "]}";
    assertThrows(LibvirtFailure.class, () -> Recorded.graph(NOTHING, longName));
  }

  @Test
  void aDriveWithoutAMediumIsNoDevice() throws Exception {
    assertEquals(0, Recorded.graph("{\"return\":[{\"qdev\":\"x\"}]}", NOTHING).devices().size());
  }

  @Test
  void theFileIsFoundInANodesOptions() {
    assertEquals(Optional.of("/a b"), NodeFile.path("/a b"));
    String file = "{\"driver\":\"file\",\"filename\":\"/a\"}";
    assertEquals(Optional.of("/a"), NodeFile.path("json:" + file));
    String format = "{\"backing\":{\"file\":{\"filename\":\"/b\"}},\"file\":" + file + "}";
    assertEquals(Optional.of("/a"), NodeFile.path("json:" + format));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "nbd://host/x", "json:", "json:[]", "json:{\"filename\":1}", "json:{"})
  void aNodeWithoutAFileOfThisHostHasNone(String name) {
    assertEquals(Optional.empty(), NodeFile.path(name));
  }

  @Test
  void optionsThatNestWithoutEndHaveNoFile() {
    String nested = "{\"file\":".repeat(50_000) + "{}" + "}".repeat(50_000);
    assertEquals(Optional.empty(), NodeFile.path("json:" + nested));
    assertEquals(Optional.empty(), NodeFile.path("json:" + "{\"file\":".repeat(50_000)));
  }
}
