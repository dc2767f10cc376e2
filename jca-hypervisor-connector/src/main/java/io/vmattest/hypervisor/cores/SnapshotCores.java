// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.cores;

import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.MeasuredClaims;
import io.vmattest.core.report.MeasuredClaimsDecoder;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.guest.ClaimedRegisters;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.introspection.core.ElfCore;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.memory.BlockMemory;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PcLayout;
import io.vmattest.tee.Capture;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Makes core files of snapshots. */
public final class SnapshotCores {
  /** Each takes a guest's RAM on the host's disk while it is fetched. */
  static final int MOST_AT_ONCE = 2;

  private static final long HOURS = 1;

  /** QEMU's name for the main RAM of a PC (hw/i386/pc.c). */
  private static final String BLOCK = "pc.ram";

  private final Path folder;
  private final KernelFinder finder = new KernelFinder();
  private final Semaphore places = new Semaphore(MOST_AT_ONCE);

  /**
   * @param folder where memory lies while it is fetched
   */
  public SnapshotCores(Path folder) {
    this.folder = folder;
  }

  /**
   * Checks all of a snapshot's state but the RAM blocks of devices, and gives it as a core.
   *
   * @throws HypervisorException with reason SNAPSHOT_DAMAGED, STORAGE_FULL, HOST_BUSY if {@value
   *     #MOST_AT_ONCE} are being fetched, CAPTURE_FAILED if the machine has no RAM of a PC
   */
  public GuestCore of(StoredSnapshot snapshot) throws HypervisorException {
    if (!places.tryAcquire()) {
      throw new HypervisorException(Reason.HOST_BUSY, "other cores are being fetched");
    }
    boolean made = false;
    try {
      GuestCore core = make(snapshot, claims(snapshot));
      made = true;
      // Whoever fetches too slowly, or not at all, must not keep the room for ever.
      CompletableFuture.delayedExecutor(HOURS, TimeUnit.HOURS).execute(core::close);
      return core;
    } catch (TeeException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } finally {
      if (!made) {
        places.release();
      }
    }
  }

  /** Decoded anew from the device sections, whose digest was checked. */
  private static MeasuredClaims claims(StoredSnapshot snapshot)
      throws TeeException, HypervisorException {
    try (Capture opened = snapshot.open()) {
      return MeasuredClaimsDecoder.decode(opened.claims().cbor());
    } catch (MalformedReportException e) {
      throw new HypervisorException(
          Reason.CAPTURE_FAILED, "the measurement module's claims are malformed", e);
    }
  }

  private GuestCore make(StoredSnapshot snapshot, MeasuredClaims claims)
      throws IOException, TeeException, HypervisorException {
    RamBlock block =
        claims.ramBlocks().stream()
            .filter(b -> b.name().equals(BLOCK))
            .findFirst()
            .orElseThrow(
                () ->
                    new HypervisorException(
                        Reason.CAPTURE_FAILED, "the machine has no RAM of a PC"));
    checkRoom(block.length());
    FileChannel ram = RamFile.of(snapshot, BLOCK, folder);
    try {
      GuestMemory memory =
          BlockMemory.ofPc(ram::read, block.length(), PcLayout.of(claims.machineType()));
      byte[] vmcoreinfo = vmcoreinfo(memory, claims);
      ElfCore core = new ElfCore(memory, VcpuValues.of(claims), vmcoreinfo);
      return new SnapshotCore(ram, core, vmcoreinfo.length > 0, places::release);
    } catch (RuntimeException e) {
      ram.close();
      throw e;
    }
  }

  /** The disk is the snapshots', too: a core must not take the last of it. */
  private void checkRoom(long bytes) throws IOException, HypervisorException {
    if (Files.getFileStore(folder).getUsableSpace() < bytes) {
      throw new HypervisorException(
          Reason.STORAGE_FULL, "a core needs up to %d bytes in %s".formatted(bytes, folder));
    }
  }

  /** Empty if the guest has none that proves itself. */
  private byte[] vmcoreinfo(GuestMemory memory, MeasuredClaims claims) {
    return finder.find(memory, ClaimedRegisters.of(claims)) instanceof KernelSearch.Found found
        ? found.kernel().info().text()
        : new byte[0];
  }
}
