// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.NetworkLink.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkLinksTest {
  private static final String UNSAID = "52:54:00:00:00:01";
  private static final String UP = "52:54:00:00:00:02";
  private static final String DOWN = "52:54:00:00:00:03";
  private static final String DOMAIN =
      "<domain><devices>%s%s%s</devices></domain>"
          .formatted(
              of(UNSAID, ""), of(UP, "<link state='up'/>"), of(DOWN, "<link state='down'/>"));

  private static String of(String mac, String link) {
    return "<interface type='user'><mac address='%s'/>%s<model type='virtio'/></interface>"
        .formatted(mac, link);
  }

  @Test
  void whatIsSaidOfLinksIsRead() throws Exception {
    assertEquals(
        List.of(
            new NetworkLink(UNSAID, State.UNSAID),
            new NetworkLink(UP, State.UP),
            new NetworkLink(DOWN, State.DOWN)),
        NetworkLinks.list(DOMAIN));
  }

  @Test
  void onlyWhatDiffersIsChanged() throws Exception {
    List<NetworkLink> down = NetworkLinks.list(DOMAIN).stream().map(NetworkLink::down).toList();
    List<String> changes = NetworkLinks.changes(DOMAIN, down);
    assertEquals(2, changes.size(), changes::toString);
    assertTrue(changes.get(0).contains(UNSAID) && changes.get(1).contains(UP), changes::toString);
    assertTrue(changes.stream().allMatch(xml -> xml.contains("<link state='down'/>")));
    assertTrue(changes.stream().noneMatch(xml -> xml.contains("state='up'")));
  }

  @Test
  void aLinkOfWhichNothingWasSaidLeavesNoTraceWhenItIsUpAgain() throws Exception {
    String change =
        NetworkLinks.changes(DOMAIN, List.of(new NetworkLink(DOWN, State.UNSAID))).get(0);
    assertFalse(change.contains("<link"), change);
  }
}
