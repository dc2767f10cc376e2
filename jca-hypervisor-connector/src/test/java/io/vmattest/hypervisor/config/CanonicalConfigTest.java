// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.snapshots.Overlays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CanonicalConfigTest {
  private static final String OVERLAY =
      "/images/a.vmattest-3f2504e0-4f89-41d3-9a0c-0305e82c3301.qcow2";

  private static final String FIRST_START =
      """
      <domain type='qemu' id='2'>
        <name>a</name>
        <devices>
          <disk type='file' device='disk'>
            <driver name='qemu' type='raw' cache='none'/>
            <source file='/images/a.img' index='1'/>
            <backingStore/>
            <target bus='virtio' dev='vda'/>
            <alias name='virtio-disk0'/>
          </disk>
          <graphics type='vnc' port='5901' autoport='yes'/>
          <interface type='bridge'><target dev='vnet3'/></interface>
          <serial type='pty'><source path='/dev/pts/4'/><target port='0'/></serial>
        </devices>
        <seclabel type='dynamic' model='dac'><label>+64055:+64055</label></seclabel>
      </domain>
      """;

  private static final String ON_OVERLAY =
      """
      <domain id='17' type='qemu'><name>a</name><devices>
          <disk device='disk' type='file'>
            <driver name='qemu' cache='none' type='qcow2'/>
            <source file='%s' index='2'/>
            <backingStore type='file' index='1'>
              <format type='raw'/><source file='/images/a.img'/><backingStore/>
            </backingStore>
            <target dev='vda' bus='virtio'/>
            <alias name='virtio-disk0'/>
          </disk>
          <graphics type='vnc' port='5917' autoport='yes'/>
          <interface type='bridge'><target dev='vnet9'/></interface>
          <serial type='pty'><source path='/dev/pts/11'/><target port='0'/></serial>
        </devices></domain>
      """
          .formatted(OVERLAY);

  private final CanonicalConfig canonical = new CanonicalConfig(Overlays::isOverlay);

  @Test
  void startsOfOneConfigurationGiveTheSameBytes() throws MalformedDomainXmlException {
    assertEquals(canonical.of(FIRST_START), canonical.of(ON_OVERLAY));
  }

  @Test
  void aDeviceThatLosesItsAliasWhenLibvirtdIsRestartedIsTheSame()
      throws MalformedDomainXmlException {
    String device = "<domain><devices><controller type='usb' model='none'%s</devices></domain>";
    assertEquals(
        canonical.of(device.formatted("/>")),
        canonical.of(device.formatted(">\n  <alias name='usb'/>\n</controller>")));
  }

  @Test
  void aDeviceMoreIsSeen() throws MalformedDomainXmlException {
    String more = FIRST_START.replace("</devices>", "<hostdev type='pci'/></devices>");
    assertNotEquals(canonical.of(FIRST_START), canonical.of(more));
  }

  @Test
  void anotherDiskIsSeen() throws MalformedDomainXmlException {
    assertNotEquals(canonical.of(FIRST_START), canonical.of(FIRST_START.replace("a.img", "b.img")));
  }

  @Test
  void aForeignOverlayStaysUnderItsOwnName() throws MalformedDomainXmlException {
    String foreign = ON_OVERLAY.replace(OVERLAY, "/images/a.snap1");
    assertTrue(canonical.of(foreign).contains("/images/a.snap1"));
  }

  @Test
  void markupInValuesStaysText() throws MalformedDomainXmlException {
    String text =
        canonical.of("<domain><title>&lt;a b=&quot;c&apos;&quot;&gt;&amp;</title></domain>");
    assertTrue(text.contains("<title>&lt;a b=\"c&apos;\"&gt;&amp;</title>"), text);
    assertEquals(text, canonical.of(text));
  }

  @Test
  void documentTypesAndEntitiesAreRefused() {
    String hostile =
        "<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain><name>&x;</name></domain>";
    assertThrows(MalformedDomainXmlException.class, () -> canonical.of(hostile));
  }

  @Test
  void whatIsNoDomainIsRefused() {
    for (String wrong : List.of("", "<network/>", "<domain>", "{}")) {
      assertThrows(MalformedDomainXmlException.class, () -> canonical.of(wrong));
    }
  }

  @Test
  void otherImagesReplaceDisksAndTheirChains() throws MalformedDomainXmlException {
    String edited =
        DiskSources.withImages(ON_OVERLAY, java.util.Map.of("vda", "/images/new.qcow2"));
    assertFalse(edited.contains("backingStore"));
    assertEquals(
        List.of(new DiskSources.Disk("vda", "file", "/images/new.qcow2", "qcow2", true)),
        DiskSources.list(edited));
  }

  @Test
  void anUnknownDiskCannotBeReplaced() {
    assertThrows(
        MalformedDomainXmlException.class,
        () -> DiskSources.withImages(FIRST_START, java.util.Map.of("vdz", "/x")));
  }
}
