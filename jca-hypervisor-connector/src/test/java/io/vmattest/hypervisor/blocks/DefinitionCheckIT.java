// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.config.ActiveImage;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a libvirtd leaves that dies when it has written a domain's status, and not its definition.
 */
@Tag("guest")
class DefinitionCheckIT {
  private TestHost host;
  private TestGuest guest;
  private GuestDomain domain;

  @BeforeEach
  void start() throws Exception {
    TestGuest.startLibvirt();
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
    domain = host.link().domain(guest.id());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
    guest.close();
    host.close();
  }

  private static String image(String xml) throws Exception {
    return ActiveImage.list(xml).get(0).path();
  }

  @Test
  void aGuestStartsAgainWithAllThatItWroteToAnOverlayThatItsDefinitionDidNotName()
      throws Exception {
    String before = domain.definedXml();
    host.capture(guest.id(), true);
    host.link().define(before);
    assertNotEquals(image(domain.liveXml()), image(domain.definedXml()));
    DefinitionCheck.ensure(host.link(), domain);
    assertEquals(image(domain.liveXml()), image(domain.definedXml()));
    guest.awaitTicks(3);
    int written = guest.lastTick();
    guest.virsh("destroy");
    guest.virsh("start");
    guest.awaitTickBeyond(written);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  @Test
  void aDefinitionThatIsRightStaysAsItIs() throws Exception {
    host.capture(guest.id(), true);
    String defined = domain.definedXml();
    DefinitionCheck.ensure(host.link(), domain);
    assertEquals(defined, domain.definedXml());
    assertTrue(domain.isPersistent());
  }
}
