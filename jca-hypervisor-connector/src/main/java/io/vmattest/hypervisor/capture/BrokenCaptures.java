// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Sets right what captures left that were broken off with their process or their libvirtd. */
public final class BrokenCaptures {
  private BrokenCaptures() {}

  public static void repair(HostLink link, StateFolder state, VmLocks locks)
      throws IOException, LibvirtFailure {
    for (Path record : records(state.captures())) {
      String name = record.getFileName().toString();
      UUID vm = UUID.fromString(name.substring(0, name.length() - ".json".length()));
      try (VmLocks.Held held = locks.acquire(vm)) {
        repair(link, record, vm);
      } catch (HypervisorException e) {
        // Somebody works on it just now, and sets it right himself.
        continue;
      }
    }
  }

  private static void repair(HostLink link, Path record, UUID vm)
      throws IOException, LibvirtFailure {
    try (GuestDomain domain = link.domain(vm)) {
      RunState now = domain.state();
      if (now == RunState.RUNNING || now == RunState.SUSPENDED) {
        AbandonedMigration.end(domain);
        new MigrationSettings(new Qmp(domain), record).restore();
        return;
      }
    } catch (LibvirtFailure e) {
      if (!e.isNoDomain()) {
        throw e;
      }
    }
    // The settings ended with the QEMU that had them.
    Files.deleteIfExists(record);
  }

  private static List<Path> records(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(p -> p.getFileName().toString().matches("[0-9a-f-]{36}\\.json")).toList();
    }
  }
}
