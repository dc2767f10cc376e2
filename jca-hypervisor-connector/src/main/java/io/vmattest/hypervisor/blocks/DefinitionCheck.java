// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.Overlays;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings a domain's definition in line with the disks that it runs on. A libvirtd writes the status
 * of a domain first after a switch, and its definition then; where it died between the two, the
 * guest's next start would be from the image below the overlay, without all that it wrote since.
 */
public final class DefinitionCheck {
  private static final Logger LOG = System.getLogger(DefinitionCheck.class.getName());

  private DefinitionCheck() {}

  /** For a running domain whose disks were being switched; the caller holds the VM's lock. */
  public static void ensure(HostLink link, GuestDomain domain)
      throws LibvirtFailure, HypervisorException {
    if (!domain.isPersistent()) {
      return;
    }
    try {
      String defined = domain.definedXml();
      Map<String, String> missing = missing(domain.liveXml(), defined);
      if (!missing.isEmpty()) {
        link.define(DiskSources.withImages(defined, missing));
        LOG.log(Level.WARNING, "VM {0}: defined with {1}, as it runs", domain.name(), missing);
      }
    } catch (MalformedDomainXmlException e) {
      throw new HypervisorException(Reason.CAPTURE_FAILED, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * The overlays of ours that disks write to, where the definition names the image directly below.
   *
   * @return target to overlay
   */
  static Map<String, String> missing(String liveXml, String definedXml)
      throws MalformedDomainXmlException {
    Map<String, List<Path>> chains = DiskSources.chains(liveXml);
    Map<String, String> result = new LinkedHashMap<>();
    for (Disk disk : DiskSources.list(definedXml)) {
      List<Path> chain = chains.getOrDefault(disk.target(), List.of());
      if (chain.size() > 1
          && Overlays.isOverlay(chain.get(0).toString())
          && chain.get(1).equals(Path.of(disk.path()).normalize())) {
        result.put(disk.target(), chain.get(0).toString());
      }
    }
    return result;
  }
}
