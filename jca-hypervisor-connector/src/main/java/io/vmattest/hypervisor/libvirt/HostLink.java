// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/** An open connection to a host's libvirt. Thread-safe, as libvirt is. */
public final class HostLink implements AutoCloseable {
  /** Gives the native pointer that libvirt-java keeps to itself. */
  private static final class OpenConnect extends Connect {
    OpenConnect(String uri) throws LibvirtException {
      super(uri);
    }

    Pointer pointer() {
      return vcp.getPointer();
    }
  }

  /** libvirt is given up if it says nothing for so many times so many seconds, and once more. */
  private static final int KEEP_ALIVE_SECONDS = 5;

  private static final int KEEP_ALIVE_COUNT = 3;

  private final OpenConnect connect;
  private Optional<MonitorFeed> feed = Optional.empty();
  private boolean closed;

  private HostLink(OpenConnect connect) {
    this.connect = connect;
  }

  /** Connects, for reading and writing. */
  public static HostLink open(String uri) throws LibvirtFailure {
    return open(uri, KEEP_ALIVE_SECONDS, KEEP_ALIVE_COUNT);
  }

  static HostLink open(String uri, int keepAliveSeconds, int keepAliveCount) throws LibvirtFailure {
    EventLoop.ensureRunning();
    try {
      HostLink link = new HostLink(new OpenConnect(uri));
      link.keepAlive(keepAliveSeconds, keepAliveCount);
      return link;
    } catch (LibvirtException e) {
      throw new LibvirtFailure("connecting to " + uri, e);
    }
  }

  /**
   * Without it a call to a libvirtd that hangs, or behind a broken network, would never return; and
   * a guest may be standing still until it does.
   */
  private void keepAlive(int seconds, int count) throws LibvirtFailure {
    try {
      connect.setKeepAlive(seconds, count);
    } catch (LibvirtException e) {
      LibvirtFailure failure = new LibvirtFailure("keeping a connection alive", e);
      // A driver in this process has nobody who could hang.
      if (!failure.isUnsupported()) {
        close();
        throw failure;
      }
    }
  }

  /** Whether libvirt still answers on this connection; asks it, and does not trust a flag. */
  public boolean answers() {
    try {
      return connect.isAlive() && connect.getLibVirVersion() > 0;
    } catch (LibvirtException e) {
      return false;
    }
  }

  public List<GuestDomain> domains() throws LibvirtFailure {
    try {
      List<GuestDomain> result = new ArrayList<>();
      for (Domain domain : connect.listAllDomains(0)) {
        result.add(new GuestDomain(this, domain));
      }
      return result;
    } catch (LibvirtException e) {
      throw new LibvirtFailure("listing domains", e);
    }
  }

  /**
   * @throws LibvirtFailure with {@link LibvirtFailure#isNoDomain()} if there is none
   */
  public GuestDomain domain(UUID id) throws LibvirtFailure {
    try {
      return new GuestDomain(this, connect.domainLookupByUUIDString(id.toString()));
    } catch (LibvirtException e) {
      throw new LibvirtFailure("looking up domain " + id, e);
    }
  }

  /** Defines or redefines a persistent domain. */
  public void define(String xml) throws LibvirtFailure {
    try {
      connect.domainDefineXML(xml).free();
    } catch (LibvirtException e) {
      throw new LibvirtFailure("defining a domain", e);
    }
  }

  /** Restores a save image; the guest stands paused. The image's own XML is used. */
  public void restorePaused(Path image) throws LibvirtFailure {
    int result =
        VirtLibrary.INSTANCE.virDomainRestoreFlags(
            pointer(), image.toString(), null, VirtLibrary.RESTORE_PAUSED);
    if (result < 0) {
      throw lastFailure("restoring a domain");
    }
  }

  /** Opened when it is first asked for. */
  synchronized MonitorFeed monitorFeed() throws LibvirtFailure {
    if (feed.isEmpty()) {
      feed = Optional.of(MonitorFeed.open(pointer()));
    }
    return feed.get();
  }

  Connect connect() {
    return connect;
  }

  Pointer pointer() {
    return connect.pointer();
  }

  /** This thread's last failure in a call bound here. */
  static LibvirtFailure lastFailure(String doing) {
    VirtLibrary virt = VirtLibrary.INSTANCE;
    return new LibvirtFailure(doing, virt.virGetLastErrorCode(), virt.virGetLastErrorMessage());
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    feed.ifPresent(MonitorFeed::close);
    try {
      connect.close();
    } catch (LibvirtException e) {
      // The connection is given up in any case.
    }
  }
}
