// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.tee.Capture;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.Sha256Digest;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A snapshot in the store. */
public final class StoredSnapshot {
  static final String STATE = "state";
  static final String DOMAIN = "domain.xml";
  static final String REPORT = "report.cbor";
  static final String DISKS = "disks.json";

  /** No file beside the state is larger than that. */
  private static final long MAX_FILE = 8L << 20;

  private final VmFolder vm;
  private final Path folder;
  private final Digest digest;

  StoredSnapshot(VmFolder vm, Digest digest) {
    this.vm = vm;
    this.folder = vm.path().resolve(digest.hex());
    this.digest = digest;
  }

  /** The snapshot digest that its report attests. */
  public Digest digest() {
    return digest;
  }

  /** Opens the state as a measured capture, to compare others with. */
  public Capture open() throws TeeException, HypervisorException {
    try (PageStore pages = vm.openPages();
        NativeFile directory = state()) {
      return pages.open(directory, Sha256Digest.of(digest.bytes()));
    }
  }

  /** Writes a save image for libvirt; see {@link PageStore#restore}. */
  public void restore(String domainXml, NativeFile output, Duration deadline)
      throws TeeException, HypervisorException {
    try (PageStore pages = vm.openPages();
        NativeFile directory = state()) {
      pages.restore(directory, Sha256Digest.of(digest.bytes()), domainXml, output, deadline);
    }
  }

  /** Writes a RAM block into an empty file; see {@link PageStore#writeRam}. */
  public void writeRam(String block, NativeFile output) throws TeeException, HypervisorException {
    try (PageStore pages = vm.openPages();
        NativeFile directory = state()) {
      pages.writeRam(directory, Sha256Digest.of(digest.bytes()), block, output);
    }
  }

  /** Reads and checks all of the state; see {@link PageStore#verify}. */
  public void verify(PageStore pages) throws TeeException {
    try (NativeFile directory = state()) {
      pages.verify(directory, Sha256Digest.of(digest.bytes()));
    }
  }

  NativeFile state() throws TeeException {
    return NativeFile.openDirectory(folder.resolve(STATE));
  }

  /** The XML that the guest is restored with, but for its disks. */
  public String domainXml() throws IOException {
    return new String(read(DOMAIN), StandardCharsets.UTF_8);
  }

  /** When it was complete: its report is written last, and never again. */
  public Instant keptAt() throws IOException {
    Path report = folder.resolve(REPORT);
    return Files.getLastModifiedTime(Files.exists(report) ? report : folder).toInstant();
  }

  /** The signed report that attests it. */
  public byte[] report() throws IOException {
    return read(REPORT);
  }

  public List<FrozenDisk> disks() throws IOException {
    return FrozenDisk.ofJson(new String(read(DISKS), StandardCharsets.UTF_8));
  }

  /** Says anew where the same disks are; durable on return. */
  public void replaceDisks(List<FrozenDisk> disks) throws IOException {
    DurableFiles.replace(folder.resolve(DISKS), FrozenDisk.toJson(disks));
  }

  private byte[] read(String name) throws IOException {
    Path file = folder.resolve(name);
    if (Files.size(file) > MAX_FILE) {
      throw new IOException(file + " is too large");
    }
    return Files.readAllBytes(file);
  }
}
