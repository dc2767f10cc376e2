// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.cores;

import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.introspection.core.ElfCore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/** A core whose memory lies in a file. */
final class SnapshotCore implements GuestCore {
  private static final System.Logger LOG = System.getLogger(SnapshotCore.class.getName());

  private final FileChannel ram;
  private final ElfCore core;
  private final boolean vmcoreinfo;
  private final Runnable closed;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /**
   * @param ram is closed with it
   * @param closed done once, when it is closed
   */
  SnapshotCore(FileChannel ram, ElfCore core, boolean vmcoreinfo, Runnable closed) {
    this.ram = ram;
    this.core = core;
    this.vmcoreinfo = vmcoreinfo;
    this.closed = closed;
  }

  @Override
  public long size() {
    return core.size();
  }

  @Override
  public boolean hasVmcoreinfo() {
    return vmcoreinfo;
  }

  @Override
  public void writeTo(OutputStream target) throws IOException {
    core.write(Channels.newChannel(target));
  }

  @Override
  public void close() {
    if (!open.compareAndSet(true, false)) {
      return;
    }
    try {
      ram.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the memory of a core could not be closed", e);
    } finally {
      closed.run();
    }
  }
}
