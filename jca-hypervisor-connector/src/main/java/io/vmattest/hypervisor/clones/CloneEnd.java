// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.CloneFolders;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Ends clones: first the domain, then its folder, last its place. */
final class CloneEnd {
  private static final Logger LOG = System.getLogger(CloneEnd.class.getName());

  private final CloneFolders folders;
  private final ClonePlaces places;

  CloneEnd(CloneFolders folders, ClonePlaces places) {
    this.folders = folders;
    this.places = places;
  }

  /** Ends one; what cannot be ended is left to {@link #sweep}. */
  synchronized void now(HostLink link, UUID id) throws HypervisorException {
    places.ending(id);
    try {
      destroy(link, id);
      folders.remove(id);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    } catch (IOException e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    }
    places.ended(id);
  }

  /** The same, without a word to the caller. */
  void attempt(HostLink link, UUID id) {
    try {
      now(link, id);
    } catch (HypervisorException e) {
      LOG.log(Level.WARNING, "debug clone " + id + " could not be ended yet", e);
    }
  }

  private static void destroy(HostLink link, UUID id) throws LibvirtFailure {
    try (GuestDomain domain = link.domain(id)) {
      domain.destroy();
    } catch (LibvirtFailure e) {
      if (!e.isNoDomain()) {
        throw e;
      }
    }
  }

  /**
   * Ends all that nobody wants any more.
   *
   * @throws HypervisorException if one could not be ended, the last one's
   */
  void sweep(HostLink link, Instant now) throws IOException, HypervisorException {
    Optional<HypervisorException> failure = Optional.empty();
    for (UUID id : folders.list()) {
      try {
        if (!places.isBeingMade(id) && !(places.isWanted(id, now) && isThere(link, id))) {
          now(link, id);
          LOG.log(Level.INFO, "debug clone {0} was ended", id);
        }
      } catch (LibvirtFailure e) {
        failure = Optional.of(Failures.of(Reason.HOST_UNAVAILABLE, e));
      } catch (HypervisorException e) {
        failure = Optional.of(e);
      }
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private static boolean isThere(HostLink link, UUID id) throws LibvirtFailure {
    try (GuestDomain domain = link.domain(id)) {
      return domain.runId() >= 0;
    } catch (LibvirtFailure e) {
      if (e.isNoDomain()) {
        return false;
      }
      throw e;
    }
  }
}
