// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import java.util.Optional;
import java.util.UUID;
import org.libvirt.Domain;
import org.libvirt.DomainInfo;
import org.libvirt.LibvirtException;

/** A domain of libvirt. */
public final class GuestDomain implements AutoCloseable {
  /** virDomainXMLFlags and virDomainSnapshotCreateFlags. */
  private static final int XML_SECURE = 1;

  private static final int XML_INACTIVE = 1 << 1;
  private static final int XML_MIGRATABLE = 1 << 3;

  /** virDomainState. */
  private static final int STATE_PAUSED = 3;

  /** virDomainJobType. */
  private static final int JOB_NONE = 0;

  private static final int SNAPSHOT_NO_METADATA = 1 << 2;
  private static final int SNAPSHOT_DISK_ONLY = 1 << 4;
  private static final int SNAPSHOT_REUSE_EXT = 1 << 5;
  private static final int SNAPSHOT_ATOMIC = 1 << 7;

  /** A call that fails as libvirt-java fails. */
  @FunctionalInterface
  private interface Call<T> {
    T run() throws LibvirtException;
  }

  private final HostLink link;
  private final Domain domain;

  GuestDomain(HostLink link, Domain domain) {
    this.link = link;
    this.domain = domain;
  }

  public UUID id() throws LibvirtFailure {
    return UUID.fromString(call("reading a UUID", domain::getUUIDString));
  }

  public String name() throws LibvirtFailure {
    return call("reading a name", domain::getName);
  }

  /**
   * libvirt's number of the active domain when it was looked up, another one each time that it
   * starts; -1 if it is not active.
   */
  public int number() throws LibvirtFailure {
    return call("reading a domain's number", domain::getID);
  }

  public RunState state() throws LibvirtFailure {
    return stateOf(info());
  }

  public DomainInfo info() throws LibvirtFailure {
    return call("reading a domain's state", domain::getInfo);
  }

  /** virDomainState, reduced. */
  public static RunState stateOf(DomainInfo info) {
    return switch (info.state) {
      case VIR_DOMAIN_RUNNING, VIR_DOMAIN_BLOCKED -> RunState.RUNNING;
      case VIR_DOMAIN_PAUSED -> RunState.SUSPENDED;
      case VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTDOWN -> RunState.SHUT_OFF;
      case VIR_DOMAIN_CRASHED -> RunState.CRASHED;
      default -> RunState.OTHER;
    };
  }

  /** Why it stands still; empty if it does not. */
  public Optional<PauseReason> pauseReason() throws LibvirtFailure {
    Pointer pointer = lookUp();
    try {
      IntByReference state = new IntByReference();
      IntByReference reason = new IntByReference();
      if (VirtLibrary.INSTANCE.virDomainGetState(pointer, state, reason, 0) < 0) {
        throw HostLink.lastFailure("reading why a domain stands still");
      }
      return state.getValue() == STATE_PAUSED
          ? Optional.of(PauseReason.ofCode(reason.getValue()))
          : Optional.empty();
    } finally {
      VirtLibrary.INSTANCE.virDomainFree(pointer);
    }
  }

  /** The number that libvirt gave this run of the domain; negative if it is not active. */
  public int runId() throws LibvirtFailure {
    // Asked anew: a handle keeps the number that it was looked up with.
    Pointer pointer = lookUp();
    try {
      return VirtLibrary.INSTANCE.virDomainGetID(pointer);
    } finally {
      VirtLibrary.INSTANCE.virDomainFree(pointer);
    }
  }

  /** Whether libvirt itself migrates, saves or dumps it just now. */
  public boolean isInJob() throws LibvirtFailure {
    return call("asking for a domain's job", domain::getJobInfo).getType() != JOB_NONE;
  }

  public boolean isPersistent() throws LibvirtFailure {
    return call("asking whether a domain is persistent", domain::isPersistent) == 1;
  }

  /** The XML of the domain as it runs now. */
  public String liveXml() throws LibvirtFailure {
    return xml(0);
  }

  /** The XML of the running domain as a destination of a migration wants it. */
  public String migratableXml() throws LibvirtFailure {
    return xml(XML_SECURE | XML_MIGRATABLE);
  }

  /** The XML of the persistent definition. */
  public String definedXml() throws LibvirtFailure {
    return xml(XML_SECURE | XML_INACTIVE);
  }

  private String xml(int flags) throws LibvirtFailure {
    return call("reading a domain's XML", () -> domain.getXMLDesc(flags));
  }

  /** The size of a disk in the guest's sight, in bytes. */
  public long diskCapacity(String target) throws LibvirtFailure {
    return call("reading a disk's size", () -> domain.blockInfo(target)).getCapacity();
  }

  public void resume() throws LibvirtFailure {
    run("resuming a domain", domain::resume);
  }

  public void suspend() throws LibvirtFailure {
    run("suspending a domain", domain::suspend);
  }

  /** Changes a device of the running guest, and not of its definition. */
  public void updateDevice(String xml) throws LibvirtFailure {
    Pointer pointer = lookUp();
    try {
      if (VirtLibrary.INSTANCE.virDomainUpdateDeviceFlags(pointer, xml, VirtLibrary.AFFECT_LIVE)
          < 0) {
        throw HostLink.lastFailure("changing a device");
      }
    } finally {
      VirtLibrary.INSTANCE.virDomainFree(pointer);
    }
  }

  /** Ends the guest at once. */
  public void destroy() throws LibvirtFailure {
    run("destroying a domain", domain::destroy);
  }

  /**
   * Switches disks to overlays that exist already, all or none, without a snapshot in libvirt's
   * list.
   */
  public void switchToOverlays(String snapshotXml) throws LibvirtFailure {
    int flags = SNAPSHOT_DISK_ONLY | SNAPSHOT_REUSE_EXT | SNAPSHOT_NO_METADATA | SNAPSHOT_ATOMIC;
    call("switching disks to overlays", () -> domain.snapshotCreateXML(snapshotXml, flags));
  }

  /**
   * Begins to copy into a disk's active image what lies between it and another one, and to let it
   * rest on that one.
   */
  public void pullDisk(String target, String base) throws LibvirtFailure {
    Pointer pointer = lookUp();
    try {
      if (VirtLibrary.INSTANCE.virDomainBlockRebase(pointer, target, base, new NativeLong(0), 0)
          < 0) {
        throw HostLink.lastFailure("pulling a disk's images together");
      }
    } finally {
      VirtLibrary.INSTANCE.virDomainFree(pointer);
    }
  }

  /**
   * Begins to copy one image of a disk's chain into another one that is below it, and to let what
   * rests on the former rest on the latter.
   */
  public void commitDisk(String target, String base, String top) throws LibvirtFailure {
    run("committing a disk's image", () -> domain.blockCommit(target, base, top, 0, 0));
  }

  /** Breaks off what is done to a disk's chain; the chain stays as it was. */
  public void abortDiskJob(String target) throws LibvirtFailure {
    run("breaking off a disk's job", () -> domain.blockJobAbort(target, 0));
  }

  /** Sends a QMP command with descriptors. */
  String monitorCommand(String command, int... descriptors) throws LibvirtFailure {
    Pointer pointer = lookUp();
    try {
      PointerByReference result = new PointerByReference();
      int rc =
          QemuLibrary.INSTANCE.virDomainQemuMonitorCommandWithFiles(
              pointer,
              command,
              descriptors.length,
              descriptors.length == 0 ? null : descriptors,
              null,
              null,
              result,
              0);
      if (rc < 0) {
        throw HostLink.lastFailure("asking QEMU's monitor");
      }
      return take(result.getValue());
    } finally {
      VirtLibrary.INSTANCE.virDomainFree(pointer);
    }
  }

  private static String take(Pointer text) {
    try {
      return text.getString(0, "UTF-8");
    } finally {
      Native.free(Pointer.nativeValue(text));
    }
  }

  Pointer lookUp() throws LibvirtFailure {
    Pointer pointer =
        VirtLibrary.INSTANCE.virDomainLookupByUUIDString(link.pointer(), id().toString());
    if (pointer == null) {
      throw HostLink.lastFailure("looking up a domain");
    }
    return pointer;
  }

  HostLink link() {
    return link;
  }

  private static <T> T call(String doing, Call<T> call) throws LibvirtFailure {
    try {
      return call.run();
    } catch (LibvirtException e) {
      throw new LibvirtFailure(doing, e);
    }
  }

  /** A call without a result. */
  @FunctionalInterface
  private interface Action {
    void run() throws LibvirtException;
  }

  private static void run(String doing, Action action) throws LibvirtFailure {
    try {
      action.run();
    } catch (LibvirtException e) {
      throw new LibvirtFailure(doing, e);
    }
  }

  @Override
  public void close() {
    try {
      domain.free();
    } catch (LibvirtException e) {
      // Nothing is lost: the handle is gone with its connection.
    }
  }
}
