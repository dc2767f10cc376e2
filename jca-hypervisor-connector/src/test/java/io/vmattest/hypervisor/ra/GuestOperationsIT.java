// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.NetworkLink.State;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A real guest with a network interface is stopped, cut off and brought back. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuestOperationsIT {
  private TestHost host;
  private TestGuest guest;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(TestHost.SYSTEM, host.folder(), 1, Map.of("GUEST_NETWORK", "yes"));
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  private GuestOperations guests() {
    return host.operations().guests();
  }

  @Test
  void linksGoDownAndComeBackAndTheConfigurationIsAsItWas() throws Exception {
    String before = host.capture(guest.id(), false).canonicalConfig();
    List<NetworkLink> links = guests().links(guest.id());
    assertEquals(List.of(State.UNSAID), links.stream().map(NetworkLink::state).toList());

    guests().setLinks(guest.id(), links.stream().map(NetworkLink::down).toList());
    assertFalse(guests().links(guest.id()).get(0).isUp());
    assertTrue(guest.virsh("domif-getlink", links.get(0).mac()).contains("down"));

    guests().setLinks(guest.id(), links);
    assertEquals(links, guests().links(guest.id()));
    assertEquals(before, host.capture(guest.id(), false).canonicalConfig());
  }

  @Test
  void suspendsAndResumesWhateverItDoes() throws Exception {
    guests().suspend(guest.id());
    guests().suspend(guest.id());
    assertEquals("paused", guest.state());
    guests().resume(guest.id());
    guests().resume(guest.id());
    assertEquals("running", guest.state());
  }

  @Test
  void nothingIsDoneToAGuestThatIsWorkedOn() throws Exception {
    try (VmLocks.Held held = host.services().locks().acquire(guest.id())) {
      assertEquals(
          Reason.CAPTURE_IN_PROGRESS,
          assertThrows(HypervisorException.class, () -> guests().suspend(guest.id())).reason());
    }
    assertEquals("running", guest.state());
  }
}
