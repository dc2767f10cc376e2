// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A snapshot's memory and vCPUs as an ELF core file, every page checked already. It takes room on
 * the host's disk until it is closed, and closes itself after an hour.
 */
public interface GuestCore extends AutoCloseable {
  /** Bytes of the file. */
  long size();

  /** Whether it has the kernel's VMCOREINFO: that was found in the memory, and proved itself. */
  boolean hasVmcoreinfo();

  /**
   * Writes the whole file; one thread at a time.
   *
   * @throws IOException also if it is closed meanwhile
   */
  void writeTo(OutputStream target) throws IOException;

  @Override
  void close();
}
