// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import io.vmattest.hypervisor.rollback.RollbackXaResource;
import io.vmattest.hypervisor.testing.FirmwareGuest;
import io.vmattest.hypervisor.testing.PrivateLibvirt;
import io.vmattest.hypervisor.testing.RecordingEndpoint;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
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

  @Test
  void whatHappenedWhileLibvirtdWasAwayIsTold() throws Exception {
    try (PrivateLibvirt libvirt = PrivateLibvirt.start();
        TestHost host = new TestHost(libvirt.uri());
        FirmwareGuest killed = FirmwareGuest.define(libvirt.uri(), host.folder(), "");
        FirmwareGuest steady = FirmwareGuest.define(libvirt.uri(), host.folder(), "");
        FirmwareGuest late = FirmwareGuest.define(libvirt.uri(), host.folder(), "")) {
      killed.virsh("start");
      steady.virsh("start");
      HostWatch watch = new HostWatch(host.services(), RecordingEndpoint.threads());
      RecordingEndpoint endpoint = new RecordingEndpoint();
      LifecycleActivationSpec spec = new LifecycleActivationSpec();
      watch.start();
      try {
        watch.add(endpoint.factory(), spec);
        TestGuest.awaitThat("the watch is connected", watch::isConnected);
        libvirt.down();
        TestGuest.awaitThat("the watch is not connected", () -> !watch.isConnected());
        libvirt.killGuest(killed.name());
        libvirt.up();
        late.virsh("start");
        TestGuest.awaitThat("the watch is connected again", watch::isConnected);
        TestGuest.awaitThat(
            "both are told",
            () -> lives(endpoint, killed.id()).size() + lives(endpoint, late.id()).size() >= 2);
        // What comes twice comes before this.
        steady.virsh("destroy");
        TestGuest.awaitThat("the last is told", () -> !lives(endpoint, steady.id()).isEmpty());
        assertEquals(List.of(Type.STOPPED), lives(endpoint, killed.id()));
        assertEquals(List.of(Type.STARTED), lives(endpoint, late.id()));
        assertEquals(List.of(Type.STOPPED), lives(endpoint, steady.id()));
      } finally {
        watch.remove(endpoint.factory(), spec);
        watch.stop();
      }
    }
  }

  @Test
  void aRollbackIsNoEventOfTheVmsLife() throws Exception {
    TestGuest.run(
        Path.of(System.getProperty("vmattest.scripts", "../bin/lib"), "libvirt.sh").toString(),
        "start",
        "/run/vmattest-libvirt");
    try (TestHost host = new TestHost();
        FirmwareGuest guest = FirmwareGuest.define(host.folder(), "")) {
      guest.virsh("start");
      CaptureResult attested = host.capture(guest.id(), true);
      HostWatch watch = new HostWatch(host.services(), RecordingEndpoint.threads());
      RecordingEndpoint endpoint = new RecordingEndpoint();
      LifecycleActivationSpec spec = new LifecycleActivationSpec();
      spec.setVmFilter(guest.name());
      watch.start();
      try {
        watch.add(endpoint.factory(), spec);
        TestGuest.awaitThat("the watch is connected", watch::isConnected);
        rollBack(host, guest.id(), attested, true);
        rollBack(host, guest.id(), attested, false);
        assertEquals("running", guest.virsh("domstate"));
        guest.virsh("destroy");
        TestGuest.awaitThat(
            "the end is told", () -> lives(endpoint, guest.id()).contains(Type.STOPPED));
        assertEquals(List.of(Type.STOPPED), lives(endpoint, guest.id()));
      } finally {
        watch.remove(endpoint.factory(), spec);
        watch.stop();
      }
    }
  }

  private static void rollBack(TestHost host, UUID vm, CaptureResult attested, boolean commit)
      throws Exception {
    RollbackXaResource resource = new RollbackXaResource(host.services().rollbacks(), host::link);
    Xid xid = new TestXid(commit ? (byte) 1 : (byte) 2);
    resource.start(xid, XAResource.TMNOFLAGS);
    host.operations()
        .rollBack(
            resource,
            new RollbackRequest(vm, attested.signedReport(), 100, Optional.empty()),
            ProgressListener.NONE);
    resource.end(xid, XAResource.TMSUCCESS);
    if (commit) {
      assertEquals(XAResource.XA_OK, resource.prepare(xid));
      resource.commit(xid, false);
    } else {
      resource.rollback(xid);
    }
  }

  private record TestXid(byte number) implements Xid {
    @Override
    public int getFormatId() {
      return 42;
    }

    @Override
    public byte[] getGlobalTransactionId() {
      return new byte[] {number};
    }

    @Override
    public byte[] getBranchQualifier() {
      return new byte[] {1};
    }
  }

  /** A VM's starts and ends, as they were told. */
  private static List<Type> lives(RecordingEndpoint endpoint, UUID vm) {
    return endpoint.events().stream()
        .filter(event -> event.vm().equals(vm))
        .map(VirtualMachineEvent::type)
        .filter(List.of(Type.STARTED, Type.STOPPED, Type.CRASHED)::contains)
        .toList();
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
