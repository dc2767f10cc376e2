// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class DomainShapeTest {
  private static final String XML =
      "<domain><memory unit='KiB'>262144</memory><vcpu placement='static'>2</vcpu>"
          + "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices>"
          + "<disk type='file' device='disk'><source file='/a.qcow2'/>"
          + "<target dev='vda' bus='virtio'/></disk></devices></domain>";

  private static List<String> differences(String from, String to) throws Exception {
    return DomainShape.of(XML.replace(from, to)).differences(DomainShape.of(XML));
  }

  @Test
  void anotherImageOfADiskIsTheSameMachine() throws Exception {
    assertEquals(List.of(), differences("/a.qcow2", "/b.qcow2"));
    assertEquals(List.of(), differences("placement='static'", "current='1'"));
  }

  @Test
  void whatMakesItAnotherMachineIsNamed() throws Exception {
    assertEquals(List.of("memory: 1 KiB, not 262144 KiB"), differences(">262144", ">1"));
    assertEquals(List.of("memory: 262144 MiB, not 262144 KiB"), differences("KiB", "MiB"));
    assertEquals(List.of("vCPUs: 3, not 2"), differences(">2<", ">3<"));
    assertEquals(
        List.of("machine: x86_64 pc-q35-8.0, not x86_64 pc-q35-7.2"), differences("7.2", "8.0"));
    assertEquals(
        List.of("disks: vda sata disk, not vda virtio disk"),
        differences("bus='virtio'", "bus='sata'"));
  }

  @Test
  void whatIsNoDomainIsSaid() {
    assertThrows(MalformedDomainXmlException.class, () -> DomainShape.of("<network/>"));
  }
}
