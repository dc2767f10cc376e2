// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A domain that has nothing but firmware: up at once, for what needs no system in the guest. */
public final class FirmwareGuest implements AutoCloseable {
  private final String name = "connector-fw-" + UUID.randomUUID().toString().substring(0, 8);
  private final UUID id = UUID.randomUUID();
  private final String uri;

  private FirmwareGuest(String uri) {
    this.uri = uri;
  }

  /**
   * Defines it; it is shut off.
   *
   * @param elements XML beside the devices
   */
  public static FirmwareGuest define(Path folder, String elements)
      throws IOException, InterruptedException {
    return define(TestHost.SYSTEM, folder, elements);
  }

  /** The same on another libvirt. */
  public static FirmwareGuest define(String uri, Path folder, String elements)
      throws IOException, InterruptedException {
    return define(uri, folder, "", elements);
  }

  /**
   * Defines one with more devices.
   *
   * @param devices XML of devices
   */
  public static FirmwareGuest defineWith(Path folder, String devices, String elements)
      throws IOException, InterruptedException {
    return define(TestHost.SYSTEM, folder, devices, elements);
  }

  private static FirmwareGuest define(String uri, Path folder, String devices, String elements)
      throws IOException, InterruptedException {
    FirmwareGuest guest = new FirmwareGuest(uri);
    Path xml = folder.resolve(guest.name + ".xml");
    Files.writeString(
        xml,
        """
        <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
          <name>%s</name><uuid>%s</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
          <os><type arch='x86_64' machine='q35'>hvm</type></os>
          <devices><controller type='usb' model='none'/><memballoon model='none'/>%s</devices>
          %s
        </domain>
        """
            .formatted(guest.name, guest.id, devices, elements));
    TestGuest.run("virsh", "-q", "-c", uri, "define", xml.toString());
    return guest;
  }

  public UUID id() {
    return id;
  }

  public String name() {
    return name;
  }

  /** A virsh command with further words. */
  public String virsh(String command, String argument) throws IOException, InterruptedException {
    return TestGuest.run("virsh", "-q", "-c", uri, command, name, argument).strip();
  }

  public String virsh(String command) throws IOException, InterruptedException {
    return TestGuest.run("virsh", "-q", "-c", uri, command, name).strip();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (!virsh("domstate").equals("shut off")) {
      virsh("destroy");
    }
    virsh("undefine");
  }
}
