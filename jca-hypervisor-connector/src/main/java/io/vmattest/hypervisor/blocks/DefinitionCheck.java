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
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.Overlays;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings a domain's definition in line with the disks that it runs on. A libvirtd writes the status
 * of a domain first after a change of its chains, and its definition then. Where it died between
 * the two,
 *
 * <ul>
 *   <li>after a switch to an overlay, the guest's next start would be from the image below, without
 *       all that it wrote since;
 *   <li>after a merge, it would fail as soon as the image that was merged away is removed: a
 *       definition's own account of a chain outweighs the images'.
 * </ul>
 */
public final class DefinitionCheck {
  private static final Logger LOG = System.getLogger(DefinitionCheck.class.getName());

  private DefinitionCheck() {}

  /**
   * The caller holds the VM's lock.
   *
   * @throws IOException if an image that the definition names cannot be read
   */
  public static void ensure(HostLink link, GuestDomain domain)
      throws LibvirtFailure, HypervisorException, IOException, InterruptedException {
    if (!domain.isPersistent()) {
      return;
    }
    try {
      String defined = domain.definedXml();
      Map<String, String> images = missing(domain.liveXml(), defined);
      outdated(defined, BackingChain::imagesOf).forEach(images::putIfAbsent);
      if (!images.isEmpty()) {
        link.define(DiskSources.withImages(defined, images));
        LOG.log(Level.WARNING, "VM {0}: defined with {1}, as it runs", domain.name(), images);
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

  /** What an image rests on, itself first, as the images say. */
  interface Chains {
    List<Path> of(Path image, String format) throws IOException, InterruptedException;
  }

  /**
   * The overlays of ours whose chains the definition gives otherwise than the images do.
   *
   * @return target to overlay
   */
  static Map<String, String> outdated(String definedXml, Chains chains)
      throws MalformedDomainXmlException, IOException, InterruptedException {
    Map<String, List<Path>> defined = DiskSources.chains(definedXml);
    Map<String, String> result = new LinkedHashMap<>();
    for (Disk disk : DiskSources.list(definedXml)) {
      List<Path> chain = defined.getOrDefault(disk.target(), List.of());
      // One image alone is no account: libvirt asks the image then.
      if (chain.size() > 1 && Overlays.isOverlay(disk.path())) {
        List<Path> actual = chains.of(chain.get(0), disk.format());
        if (!actual.subList(0, Math.min(chain.size(), actual.size())).equals(chain)) {
          result.put(disk.target(), disk.path());
        }
      }
    }
    return result;
  }
}
