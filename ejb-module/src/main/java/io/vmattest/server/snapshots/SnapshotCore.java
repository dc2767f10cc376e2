// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.hypervisor.api.GuestCore;
import java.io.IOException;
import java.io.OutputStream;

/** A snapshot as an ELF core file, to be closed by whoever was given it. */
public final class SnapshotCore implements AutoCloseable {
  private final GuestCore core;

  SnapshotCore(GuestCore core) {
    this.core = core;
  }

  /** Bytes of the file. */
  public long size() {
    return core.size();
  }

  /** Writes the whole file. */
  public void writeTo(OutputStream target) throws IOException {
    core.writeTo(target);
  }

  @Override
  public void close() {
    core.close();
  }
}
