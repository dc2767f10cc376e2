// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.MeasuredClaims;
import io.vmattest.core.report.MeasuredClaimsDecoder;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.blocks.ChainCheck;
import io.vmattest.hypervisor.config.CanonicalConfig;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.OwnMetadata;
import io.vmattest.hypervisor.guest.GuestInspector;
import io.vmattest.hypervisor.guest.Inspection;
import io.vmattest.hypervisor.guest.KernelReferences;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.PendingSnapshot;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.Capture;
import io.vmattest.tee.HostClaims;
import io.vmattest.tee.HostComponent;
import io.vmattest.tee.Sha256Digest;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Captures a guest, has it measured and signed, and keeps its snapshot where one is asked for. The
 * caller holds the VM's lock.
 */
public final class Attestor {
  /** How long a capture waits until an overlay that libvirt does not know is committed. */
  private static final Duration COMMIT = Duration.ofMinutes(2);

  private final String hostId;
  private final SnapshotStore store;
  private final SigningKeyHolder key;
  private final GuestCapturer capturer;
  private final DiskConditions disks;
  private final Optional<GuestInspector> inspector;
  private final CanonicalConfig canonical = new CanonicalConfig(Overlays::isOverlay);

  /**
   * @param references what guests' kernels are compared with
   * @param settings how guests are captured
   */
  public Attestor(
      String hostId,
      StateFolder state,
      SnapshotStore store,
      SigningKeyHolder key,
      KernelReferences references,
      CaptureSettings settings) {
    this.hostId = hostId;
    this.store = store;
    this.key = key;
    this.capturer = new GuestCapturer(state, settings, new ChainCheck(store::hasFrozen, COMMIT));
    this.disks = new DiskConditions(state, settings.maxDiskLayers());
    this.inspector =
        settings.inspectGuests() ? Optional.of(new GuestInspector(references)) : Optional.empty();
  }

  /** Does the whole; see {@link io.vmattest.hypervisor.api.HypervisorConnection#capture}. */
  public CaptureResult attest(GuestDomain domain, CaptureRequest request, ProgressListener progress)
      throws HypervisorException {
    if (request.keepSnapshot()) {
      checkDisks(domain);
    }
    if (request.compareWith().isEmpty()) {
      return attest(domain, request, Afterwards.STANDS, Optional.empty(), progress);
    }
    StoredSnapshot other = find(request.vm(), request.compareWith().get());
    try (Comparison comparison = new Comparison(other)) {
      return attest(domain, request, Afterwards.STANDS, Optional.of(comparison), progress);
    }
  }

  /**
   * The same for who knows more, and has checked the disks of a guest whose snapshot is kept.
   *
   * @param afterwards what becomes of a guest that stands still
   * @param comparison with a snapshot that was found; the request names none then
   */
  public CaptureResult attest(
      GuestDomain domain,
      CaptureRequest request,
      Afterwards afterwards,
      Optional<Comparison> comparison,
      ProgressListener progress)
      throws HypervisorException {
    // Before the guest is paused: a report that cannot be signed is worth no pause.
    key.ask(k -> k.evidence());
    try (CapturedGuest guest =
        capturer.capture(
            domain, request.keepSnapshot(), request.maxPause(), afterwards, progress)) {
      return report(domain, request, guest, comparison, progress);
    }
  }

  private CaptureResult report(
      GuestDomain domain,
      CaptureRequest request,
      CapturedGuest guest,
      Optional<Comparison> comparison,
      ProgressListener progress)
      throws HypervisorException {
    try {
      Optional<PageDifferences> differences = Optional.empty();
      if (comparison.isPresent()) {
        progress.progress("comparing", 0.6);
        differences = Optional.of(comparison.get().with(guest.capture()));
      }
      String config = canonical.of(guest.liveXml());
      progress.progress("looking into the guest", 0.65);
      Optional<Inspection> inspection = inspect(guest.capture());
      HostClaims claims = claims(domain, request, guest.pauseMicros(), config, inspection);
      byte[] report =
          request.keepSnapshot()
              ? keep(request.vm(), guest, claims, progress)
              : key.ask(k -> k.sign(guest.capture(), claims));
      progress.progress("signed", 1);
      return new CaptureResult(
          report,
          config,
          inspection.map(Inspection::document),
          differences,
          request.keepSnapshot());
    } catch (TeeException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  private byte[] keep(UUID vm, CapturedGuest guest, HostClaims claims, ProgressListener progress)
      throws IOException, TeeException, HypervisorException, MalformedDomainXmlException {
    try (PendingSnapshot pending = store.begin(vm)) {
      progress.progress("writing the snapshot", 0.7);
      pending.writeState(guest.capture());
      pending.writeMachine(OwnMetadata.without(guest.migratableXml()), guest.frozen());
      progress.progress("signing", 0.9);
      byte[] report = key.ask(k -> k.sign(guest.capture(), claims));
      pending.keep(report, snapshotDigest(guest.capture()));
      return report;
    }
  }

  private Optional<Inspection> inspect(Capture capture) throws TeeException, HypervisorException {
    return inspector.isPresent()
        ? Optional.of(inspector.get().inspect(capture, claims(capture)))
        : Optional.empty();
  }

  private static Digest snapshotDigest(Capture capture) throws TeeException, HypervisorException {
    return claims(capture).snapshot();
  }

  private static MeasuredClaims claims(Capture capture) throws TeeException, HypervisorException {
    try {
      return MeasuredClaimsDecoder.decode(capture.claims().cbor());
    } catch (MalformedReportException e) {
      throw new HypervisorException(
          Reason.CAPTURE_FAILED, "the measurement module's claims are malformed", e);
    }
  }

  private HostClaims claims(
      GuestDomain domain,
      CaptureRequest request,
      long pauseMicros,
      String config,
      Optional<Inspection> inspection)
      throws LibvirtFailure {
    byte[] bytes = config.getBytes(StandardCharsets.UTF_8);
    Sha256Digest digest = Sha256Digest.of(Digest.sha256(bytes).bytes());
    List<HostComponent> components = new ArrayList<>();
    components.add(new HostComponent("config", digest, bytes.length));
    inspection.ifPresent(seen -> components.addAll(seen.components()));
    HostClaims.Builder claims =
        HostClaims.builder(request.vm(), domain.name(), hostId, request.trigger())
            .pauseMicros(pauseMicros)
            .sequence(request.sequence())
            .components(components);
    request.nonce().ifPresent(claims::nonce);
    request.previous().ifPresent(p -> claims.previousDigest(Sha256Digest.of(p.bytes())));
    return claims.build();
  }

  private StoredSnapshot find(UUID vm, Digest digest) throws HypervisorException {
    return store
        .find(vm, digest)
        .orElseThrow(
            () ->
                new HypervisorException(
                    Reason.NO_SUCH_SNAPSHOT, "VM " + vm + " has no snapshot " + digest));
  }

  /**
   * What must hold of a guest's disks for a snapshot, before it is paused for nothing.
   *
   * @throws HypervisorException with reason DISK_NOT_SUPPORTED, DISK_CHAIN_TOO_LONG or STORAGE_FULL
   */
  public void checkDisks(HostLink link, UUID vm) throws HypervisorException {
    try (GuestDomain domain = link.domain(vm)) {
      checkDisks(domain);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  private void checkDisks(GuestDomain domain) throws HypervisorException {
    try {
      disks.check(domain.liveXml());
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }
}
