// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.blocks.ChainCheck;
import io.vmattest.hypervisor.blocks.DefinitionCheck;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Sets right what captures left that were broken off with their process or their libvirtd. */
public final class BrokenCaptures {
  private static final Logger LOG = System.getLogger(BrokenCaptures.class.getName());

  private static final Pattern RECORD =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\.json");

  private BrokenCaptures() {}

  /**
   * Sets all VMs right that can be.
   *
   * @param chains for the disks of captures that were broken off while they were switched
   * @throws LibvirtFailure if one could not be, the first one's; to be tried again
   * @throws IOException likewise
   */
  public static void repair(HostLink link, StateFolder state, VmLocks locks, ChainCheck chains)
      throws IOException, LibvirtFailure {
    List<Exception> failures = new ArrayList<>();
    for (Path record : records(state.captures())) {
      try {
        repair(link, record, locks, chains);
      } catch (LibvirtFailure | IOException | RuntimeException e) {
        failures.add(e);
      }
    }
    throwFirst(failures);
  }

  private static void repair(HostLink link, Path record, VmLocks locks, ChainCheck chains)
      throws IOException, LibvirtFailure {
    String name = record.getFileName().toString();
    UUID vm = UUID.fromString(name.substring(0, name.length() - ".json".length()));
    try (VmLocks.Held held = locks.acquire(vm)) {
      repair(link, record, vm, chains);
    } catch (HypervisorException e) {
      // Somebody works on it just now, and sets it right himself.
      LOG.log(Level.DEBUG, "VM {0} is being worked on", vm);
    } catch (CaptureRecord.DamagedException e) {
      setAside(record, e);
    }
  }

  private static void repair(HostLink link, Path record, UUID vm, ChainCheck chains)
      throws IOException, LibvirtFailure {
    if (!Files.exists(record)) {
      return;
    }
    try (GuestDomain domain = link.domain(vm)) {
      RunState now = domain.state();
      if (now == RunState.RUNNING || now == RunState.SUSPENDED) {
        setRight(link, domain, record, chains);
      }
    } catch (LibvirtFailure e) {
      if (!e.isNoDomain()) {
        throw e;
      }
    }
    // A QEMU that ended had the settings, and there is no guest left standing.
    Files.deleteIfExists(record);
  }

  private static void setRight(HostLink link, GuestDomain domain, Path record, ChainCheck chains)
      throws IOException, LibvirtFailure {
    CaptureRecord before = CaptureRecord.read(record);
    if (before.runId() != domain.runId()) {
      return;
    }
    freeGuest(before);
    try {
      if (before.background().isPresent()) {
        AbandonedMigration.awaitEnd(domain);
      } else {
        AbandonedMigration.end(domain);
      }
      if (before.running()) {
        new Resumption(domain).ensure();
      }
    } finally {
      new MigrationSettings(domain, record).restore();
    }
    mend(link, domain, chains);
  }

  /** A disk's state is not the record's: what cannot be mended, the next snapshot refuses. */
  private static void mend(HostLink link, GuestDomain domain, ChainCheck chains)
      throws IOException, LibvirtFailure {
    try {
      DefinitionCheck.ensure(link, domain);
      chains.ensure(domain);
    } catch (HypervisorException e) {
      LOG.log(Level.WARNING, "disks of a broken-off capture: {0}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Frees the guest of a background snapshot that was broken off, if there was one. Asks nothing of
   * its QEMU, which may hang with the guest.
   *
   * @param record of the capture, which need not exist, and stays
   */
  static void freeGuest(Path record, GuestDomain domain) throws IOException, LibvirtFailure {
    if (Files.exists(record)) {
      CaptureRecord before = CaptureRecord.read(record);
      if (before.runId() == domain.runId()) {
        freeGuest(before);
      }
    }
  }

  private static void freeGuest(CaptureRecord before) throws IOException {
    if (before.background().isPresent()) {
      before.background().get().free();
    }
  }

  /** Kept for people to look at; the other VMs must not wait for it. */
  private static void setAside(Path record, CaptureRecord.DamagedException why) throws IOException {
    Path aside = record.resolveSibling(record.getFileName() + ".damaged");
    Files.move(record, aside, StandardCopyOption.REPLACE_EXISTING);
    LOG.log(
        Level.ERROR,
        "the record of a broken-off capture cannot be read, so that QEMU keeps the capture's"
            + " migration settings until it is started anew; it is now "
            + aside,
        why);
  }

  private static void throwFirst(List<Exception> failures) throws IOException, LibvirtFailure {
    if (failures.isEmpty()) {
      return;
    }
    Exception first = failures.get(0);
    failures.stream().skip(1).forEach(first::addSuppressed);
    if (first instanceof LibvirtFailure failure) {
      throw failure;
    }
    if (first instanceof IOException failure) {
      throw failure;
    }
    throw (RuntimeException) first;
  }

  private static List<Path> records(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(p -> RECORD.matcher(p.getFileName().toString()).matches()).toList();
    }
  }
}
