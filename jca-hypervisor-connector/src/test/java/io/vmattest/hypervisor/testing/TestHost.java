// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.blocks.ChainCheck;
import io.vmattest.hypervisor.capture.BrokenCaptures;
import io.vmattest.hypervisor.capture.CaptureSettings;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.ra.HostOperations;
import io.vmattest.hypervisor.ra.HostServices;
import io.vmattest.hypervisor.ra.HostSettings;
import io.vmattest.tee.testing.EmulatedTpm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** The connector on this machine's libvirt, with a TPM and a state folder of its own. */
public final class TestHost implements AutoCloseable {
  /** The machine's own libvirt. */
  public static final String SYSTEM = "qemu:///system";

  /** A busy machine's pauses are not what is tested, but where a test says so. */
  private static final Duration PATIENT = Duration.ofSeconds(10);

  private final Path folder;
  private final EmulatedTpm tpm;
  private HostServices services;
  private final String uri;
  private final CaptureSettings capture;
  private HostLink link;
  private long sequence;

  /** On this machine's own libvirt, which is started if it does not answer. */
  public TestHost() throws IOException, InterruptedException, LibvirtFailure {
    this(started());
  }

  private static String started() throws IOException, InterruptedException {
    TestGuest.run(TestGuest.script("libvirt.sh").toString(), "start", "/run/vmattest-libvirt");
    return SYSTEM;
  }

  public TestHost(String uri) throws IOException, InterruptedException, LibvirtFailure {
    this(uri, CaptureSettings.defaults());
  }

  /**
   * @param capture how guests are captured
   */
  public TestHost(String uri, CaptureSettings capture)
      throws IOException, InterruptedException, LibvirtFailure {
    this.uri = uri;
    this.capture = capture;
    folder = TestGuest.folder();
    tpm = EmulatedTpm.create(Files.createDirectory(folder.resolve("tpm")));
    services = open();
    link = HostLink.open(services.uri());
  }

  private HostServices open() throws IOException {
    return HostServices.open(
        HostSettings.of(uri, "test-host", stateFolder(), tpm.tcti()).withCapture(capture));
  }

  /** What a new process would find: everything is read again from the disk. */
  public void restart() throws IOException {
    services.close();
    services = open();
  }

  /** What the pool does when libvirtd was restarted. */
  public void reconnect() throws LibvirtFailure {
    link.close();
    link = HostLink.open(uri);
  }

  public EmulatedTpm tpm() {
    return tpm;
  }

  public Path folder() {
    return folder;
  }

  public Path stateFolder() {
    return folder.resolve("state");
  }

  public HostServices services() {
    return services;
  }

  public HostLink link() {
    return link;
  }

  public HostOperations operations() {
    return new HostOperations(services, link);
  }

  /** What the server's watch does. */
  public void repairBrokenCaptures() throws IOException, LibvirtFailure {
    ChainCheck chains = new ChainCheck(services.store()::hasFrozen, PATIENT);
    BrokenCaptures.repair(link, services.state(), services.locks(), chains);
  }

  public CaptureRequest request(UUID vm, boolean keepSnapshot, Optional<Digest> compareWith) {
    return new CaptureRequest(
        vm,
        "request",
        Optional.empty(),
        ++sequence,
        Optional.empty(),
        keepSnapshot,
        compareWith,
        PATIENT);
  }

  public CaptureResult capture(UUID vm, boolean keepSnapshot) throws HypervisorException {
    return operations().capture(request(vm, keepSnapshot, Optional.empty()), ProgressListener.NONE);
  }

  public static AttestationReport report(CaptureResult result) {
    try {
      return SignedReport.parse(result.signedReport()).report();
    } catch (MalformedReportException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    link.close();
    services.close();
    tpm.close();
    TestGuest.deleteFolder(folder);
  }
}
