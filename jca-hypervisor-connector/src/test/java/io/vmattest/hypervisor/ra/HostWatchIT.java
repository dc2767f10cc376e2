// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import io.vmattest.hypervisor.testing.FirmwareGuest;
import io.vmattest.hypervisor.testing.RecordingEndpoint;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("guest")
class HostWatchIT {
  @Test
  void anEndpointIsToldOfTheLifeOfTheVmsItWants() throws Exception {
    TestGuest.run(
        Path.of(System.getProperty("vmattest.scripts", "../bin/lib"), "libvirt.sh").toString(),
        "start",
        "/run/vmattest-libvirt");
    try (TestHost host = new TestHost();
        FirmwareGuest guest = FirmwareGuest.define(host.folder(), "");
        FirmwareGuest other = FirmwareGuest.define(host.folder(), "")) {
      HostWatch watch = new HostWatch(host.services(), RecordingEndpoint.threads());
      RecordingEndpoint endpoint = new RecordingEndpoint();
      LifecycleActivationSpec spec = new LifecycleActivationSpec();
      spec.setVmFilter(guest.name());
      watch.start();
      try {
        watch.add(endpoint.factory(), spec);
        TestGuest.awaitThat("the watch is connected", watch::isConnected);
        other.virsh("start");
        guest.virsh("start");
        awaitLast(endpoint, guest, Type.RESUMED, Type.STARTED);
        int before = endpoint.events().size();
        host.capture(guest.id(), false);
        guest.virsh("suspend");
        awaitLast(endpoint, guest, Type.SUSPENDED);
        assertEquals(before + 1, endpoint.events().size(), "a capture's own pause is no event");
        guest.virsh("destroy");
        awaitLast(endpoint, guest, Type.STOPPED);
        assertEquals(endpoint.events().size(), endpoint.transactions());
      } finally {
        watch.remove(endpoint.factory(), spec);
        watch.stop();
      }
    }
  }

  private static void awaitLast(RecordingEndpoint endpoint, FirmwareGuest guest, Type... one)
      throws InterruptedException {
    TestGuest.awaitThat(
        "one of " + List.of(one),
        () -> {
          List<VirtualMachineEvent> events = endpoint.events();
          return !events.isEmpty() && List.of(one).contains(events.get(events.size() - 1).type());
        });
    for (VirtualMachineEvent event : endpoint.events()) {
      assertEquals(guest.id(), event.vm());
      assertTrue(event.name().equals(guest.name()));
    }
  }
}
