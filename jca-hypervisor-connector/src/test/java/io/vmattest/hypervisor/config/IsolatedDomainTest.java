// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IsolatedDomainTest {
  private static final UUID ORIGINAL = UUID.fromString("11111111-1111-4111-8111-111111111111");
  private static final UUID CLONE = UUID.fromString("22222222-2222-4222-8222-222222222222");
  private static final CloneIdentity IDENTITY =
      CloneIdentity.of(CLONE, "web", ORIGINAL, "ab".repeat(32));

  private static String domain(String elements, String devices) {
    return """
        <domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
          <name>web</name><uuid>%s</uuid>%s<devices>%s</devices>
        </domain>
        """
        .formatted(ORIGINAL, elements, devices);
  }

  private static String isolated(String elements, String devices) throws Exception {
    return IsolatedDomain.of(domain(elements, devices), IDENTITY, Map.of(), Optional.empty());
  }

  private static String isolatedDisks(String devices, Map<String, String> images) throws Exception {
    return IsolatedDomain.of(domain("", devices), IDENTITY, images, Optional.empty());
  }

  private static String refused(String elements, String devices) {
    return String.valueOf(
        assertThrows(NotIsolableException.class, () -> isolated(elements, devices)).getMessage());
  }

  @Test
  void theCloneIsAnotherDomainThatNamesItsOriginal() throws Exception {
    String xml =
        isolated(
            """
            <metadata><openstack:instance xmlns:openstack='x'/></metadata>
            <sysinfo type='smbios'><system><entry name='uuid'>%s</entry></system></sysinfo>
            <on_reboot>restart</on_reboot><on_crash>coredump-restart</on_crash>
            <seclabel type='dynamic' model='apparmor'><label>libvirt-%s</label></seclabel>
            <seclabel type='static' model='dac'><label>+1:+1</label></seclabel>
            """
                .formatted(ORIGINAL, ORIGINAL),
            "");
    assertTrue(xml.contains("<uuid>" + CLONE + "</uuid>"), xml);
    assertTrue(xml.contains("<name>web-debug-22222222</name>"), xml);
    assertTrue(xml.contains("<entry name='uuid'>" + CLONE + "</entry>"), xml);
    assertTrue(xml.contains("vm='" + ORIGINAL + "'"), xml);
    assertEquals(xml.indexOf(ORIGINAL.toString()), xml.lastIndexOf(ORIGINAL.toString()), xml);
    assertTrue(xml.contains("<on_reboot>destroy</on_reboot>"), xml);
    assertTrue(xml.contains("<on_crash>destroy</on_crash>"), xml);
    assertTrue(xml.contains("+1:+1"), xml);
    assertFalse(xml.contains("openstack"), xml);
    assertFalse(xml.contains(" id='7'"), xml);
  }

  @Test
  void aLongNameIsCut() {
    String name = CloneIdentity.of(CLONE, "x".repeat(300), ORIGINAL, "").name();
    assertTrue(name.length() < 60, name);
  }

  @Test
  void anInterfaceKeepsItsDeviceAndLosesWhereItLeads() throws Exception {
    String device =
        """
        <mac address='52:54:00:00:00:01'/><model type='virtio'/><mtu size='9000'/>
        <driver name='vhost' queues='4'/><alias name='net0'/>
        <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
        """;
    String leading =
        """
        <source network='default' bridge='virbr0'/><target dev='vnet3'/><script path='/bin/x'/>
        <backend tap='/dev/x'/><filterref filter='f'/><portForward proto='tcp'/><link state='up'/>
        <virtualport type='openvswitch'/><bandwidth/><ip address='10.0.0.1'/>
        """;
    for (String type : List.of("network", "bridge", "direct", "ethernet")) {
      String xml =
          isolated(
              "",
              "<interface type='%s' managed='yes' trustGuestRxFilters='yes'>%s%s</interface>"
                  .formatted(type, device, leading));
      assertTrue(xml.contains("<interface type='ethernet'>"), xml);
      assertTrue(xml.contains("<link state='down'/>"), xml);
      assertTrue(xml.contains("queues='4'") && xml.contains("bus='0x01'"), xml);
      assertTrue(xml.contains("<mtu size='9000'/>"), xml);
      for (String gone :
          List.of("source", "vnet3", "script", "backend", "filter", "portForward", "virtualport")) {
        assertFalse(xml.contains(gone), gone + xml);
      }
    }
    for (String type : List.of("user", "udp", "mcast", "server", "client")) {
      String xml = isolated("", "<interface type='%s'><source/></interface>".formatted(type));
      assertTrue(xml.contains("<interface type='user'>"), xml);
      assertFalse(xml.contains("source"), xml);
    }
  }

  @Test
  void theBackendsOfARunningDomainAreNamed() throws Exception {
    assertEquals(
        List.of("hostnet0", "hostua-lan"),
        IsolatedDomain.networkBackends(
            domain(
                "",
                "<interface><alias name='net0'/></interface>"
                    + "<interface><alias name='ua-lan'/></interface>")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"serial", "parallel", "console", "channel", "redirdev"})
  void aCharacterDeviceLeadsNowhere(String tag) throws Exception {
    String xml =
        isolated(
            "",
            """
            <%s type='file' tty='/dev/pts/3' bus='usb'><source path='/srv/secret' append='on'/>
            <log file='/srv/log'/><protocol type='telnet'/><target type='virtio' port='0'/></%s>
            """
                .formatted(tag, tag));
    assertTrue(xml.contains("type='null'"), xml);
    assertTrue(xml.contains("<target port='0' type='virtio'/>"), xml);
    assertFalse(xml.contains("/srv/") || xml.contains("telnet") || xml.contains("tty"), xml);
  }

  @Test
  void screensAndLeasesGoAndSoundIsHeardByNobody() throws Exception {
    String xml =
        isolated(
            "",
            """
            <graphics type='vnc' port='5900' listen='0.0.0.0'/><lease><key>k</key></lease>
            <audio id='1' type='pulseaudio' serverName='there'><input/></audio>
            <channel type='pty'><target type='guestfwd' address='10.0.2.1' port='80'/></channel>
            <watchdog model='itco' action='dump'/>
            <rng model='virtio'><backend model='egd' type='tcp'><source host='x'/></backend></rng>
            """);
    for (String gone : List.of("graphics", "lease", "pulseaudio", "there", "guestfwd", "egd")) {
      assertFalse(xml.contains(gone), gone + xml);
    }
    assertTrue(xml.contains("<audio id='1' type='none'/>"), xml);
    assertTrue(xml.contains("action='pause'"), xml);
    assertTrue(xml.contains("<backend model='random'>/dev/urandom</backend>"), xml);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<hostdev mode='subsystem' type='pci'/>",
        "<filesystem type='mount'/>",
        "<shmem name='shared'/>",
        "<vsock model='virtio'/>",
        "<tpm model='tpm-crb'><backend type='passthrough'/></tpm>",
        "<tpm model='tpm-crb'><backend type='external'/></tpm>",
        "<tpm model='tpm-crb'/>",
        "<memory model='nvdimm'/>",
        "<input type='passthrough' bus='virtio'/>",
        "<input type='evdev'/>",
        "<video><driver name='vhostuser'/></video>",
        "<smartcard mode='host'/>",
        "<pstore backend='acpi-erst'/>",
        "<interface type='vhostuser'/>",
        "<interface type='hostdev'/>",
        "<interface/>",
        "<somethingnew/>"
      })
  void whatCannotBeCutOffIsRefused(String device) {
    assertTrue(refused("", device).contains("cut off"), device);
  }

  @Test
  void whatGoesAroundLibvirtIsRefused() {
    String arguments = "<qemu:commandline><qemu:arg value='-netdev'/></qemu:commandline>";
    assertTrue(refused(arguments, "").contains("qemu:commandline"));
    assertTrue(refused("<q:commandline xmlns:q='x'/>", "").contains("q:commandline"));
    assertTrue(refused("<launchSecurity type='sev'/>", "").contains("hidden"));
  }

  @Test
  void devicesThatStandTwiceAreRefused() {
    assertThrows(
        MalformedDomainXmlException.class, () -> isolated("<devices><graphics/></devices>", ""));
  }

  @Test
  void aDiskHasAnImageOfItsOwn() throws Exception {
    String xml =
        isolatedDisks(
            """
            <disk type='block' device='disk' rawio='yes'><driver name='qemu' type='raw'/>
            <source dev='/dev/vg/web' index='3'><reservations managed='yes'/></source>
            <backingStore type='file'><source file='/base'/></backingStore><shareable/>
            <target dev='vda' bus='virtio'/></disk>
            """,
            Map.of("vda", "/clones/disk-0.qcow2"));
    assertTrue(xml.contains("<source file='/clones/disk-0.qcow2'/>"), xml);
    assertTrue(xml.contains("type='qcow2'"), xml);
    for (String gone : List.of("/dev/vg", "reservations", "/base", "shareable", "rawio")) {
      assertFalse(xml.contains(gone), gone + xml);
    }
  }

  @Test
  void aDiskThatIsNotInTheSnapshotIsRefusedAndOneThatIsNotThereToo() {
    String disk = "<disk type='file' device='%s'>%s<source file='/i'/><target dev='vdb'/></disk>";
    assertTrue(refused("", disk.formatted("disk", "")).contains("vdb"));
    assertTrue(refused("", disk.formatted("lun", "")).contains("vdb"));
    assertThrows(
        MalformedDomainXmlException.class, () -> isolatedDisks("", Map.of("vda", "/x.qcow2")));
    String twice = disk.formatted("disk", "") + disk.formatted("disk", "");
    assertThrows(NotIsolableException.class, () -> isolatedDisks(twice, Map.of("vdb", "/x")));
  }

  @Test
  void onlyFilesThatAreReadStayInDrives() throws Exception {
    String drive = "<disk type='%s' device='%s'>%s<source %s/><target dev='sda'/></disk>";
    assertTrue(
        isolated("", drive.formatted("file", "cdrom", "<readonly/>", "file='/i.iso'"))
            .contains("/i.iso"));
    for (String gone :
        List.of(
            drive.formatted("block", "cdrom", "<readonly/>", "dev='/dev/sr0'"),
            drive.formatted("network", "cdrom", "<readonly/>", "protocol='http' name='x'"),
            drive.formatted("file", "floppy", "", "file='/floppy'"))) {
      String xml = isolated("", gone);
      assertFalse(xml.contains("source"), xml);
      assertTrue(xml.contains("type='file'"), xml);
    }
    String disk = drive.formatted("network", "disk", "<readonly/>", "protocol='rbd' name='x'");
    assertTrue(refused("", disk).contains("sda"));
  }

  @Test
  void theFirmwaresVariablesAreACopy() throws Exception {
    String os =
        "<os><loader>/code.fd</loader><nvram template='/vars.fd'>/var/lib/web_VARS.fd</nvram></os>";
    assertEquals(
        Optional.of(Path.of("/var/lib/web_VARS.fd")), IsolatedDomain.nvram(domain(os, "")));
    String xml =
        IsolatedDomain.of(domain(os, ""), IDENTITY, Map.of(), Optional.of(Path.of("/c/nvram")));
    assertTrue(xml.contains("<nvram>/c/nvram</nvram>"), xml);
    assertTrue(refused(os, "").contains("variables"));
    String file = "<os><nvram type='file'><source file='/v.fd'/></nvram></os>";
    assertEquals(Optional.of(Path.of("/v.fd")), IsolatedDomain.nvram(domain(file, "")));
    assertEquals(Optional.empty(), IsolatedDomain.nvram(domain("<os/>", "")));
    String far = "<os><nvram type='network'><source protocol='iscsi'/></nvram></os>";
    assertThrows(NotIsolableException.class, () -> IsolatedDomain.nvram(domain(far, "")));
  }

  @Test
  void anEmulatedTpmStaysAndKeepsNothing() throws Exception {
    String xml =
        isolated(
            "",
            "<tpm model='tpm-crb'><backend type='emulator' version='2.0' persistent_state='yes'>"
                + "<source type='dir' path='/srv/tpm'/></backend></tpm>");
    assertTrue(xml.contains("<backend type='emulator' version='2.0'/>"), xml);
  }
}
