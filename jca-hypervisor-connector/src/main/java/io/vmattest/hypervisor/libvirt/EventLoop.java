// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.libvirt.Library;
import org.libvirt.LibvirtException;

/**
 * The one thread that serves libvirt's events. libvirt keeps the loop for the whole process, and a
 * connection has events only if the loop was registered before it was opened.
 */
final class EventLoop {
  private static final Logger LOG = System.getLogger(EventLoop.class.getName());

  /** Every failure comes as an exception; libvirt need not print it too. Held for native code. */
  private static final VirtLibrary.ErrorCallback SILENT = (data, error) -> {};

  private static boolean started;

  private EventLoop() {}

  static synchronized void ensureRunning() throws LibvirtFailure {
    if (started) {
      return;
    }
    VirtLibrary.INSTANCE.virSetErrorFunc(null, SILENT);
    try {
      Library.initEventLoop();
    } catch (LibvirtException e) {
      throw new LibvirtFailure("starting libvirt's event loop", e);
    }
    Thread thread = new Thread(EventLoop::run, "vmattest-libvirt-events");
    thread.setDaemon(true);
    thread.start();
    started = true;
  }

  private static void run() {
    while (true) {
      try {
        Library.processEvent();
      } catch (LibvirtException | RuntimeException e) {
        LOG.log(Level.WARNING, "libvirt event loop", e);
      }
    }
  }
}
