// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import jakarta.resource.spi.BootstrapContext;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * The started resource adapter in a process of its own, which may be killed. For each line "VM
 * true" or "VM false" it captures that VM with or without a snapshot (which it drops again) and
 * prints "begun", then "done" or "failed REASON MESSAGE". It ends with its input.
 */
final class CapturingServer {
  /** The machine may be busy: how long a pause is, is not what is tested with it. */
  private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

  private final HypervisorResourceAdapter adapter = new HypervisorResourceAdapter();
  private long sequence;

  private CapturingServer() {}

  /**
   * @param arguments libvirt's URI, the state folder, how the TPM is reached
   */
  public static void main(String[] arguments) throws Exception {
    CapturingServer server = new CapturingServer();
    server.adapter.setUri(arguments[0]);
    server.adapter.setStateDir(arguments[1]);
    server.adapter.setTcti(arguments[2]);
    server.adapter.setHostId("killed-host");
    server.adapter.start(context());
    say("ready");
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line;
    while ((line = requests.readLine()) != null) {
      String[] words = line.split(" ");
      server.serve(UUID.fromString(words[0]), Boolean.parseBoolean(words[1]));
    }
    // A call that hangs must not keep it.
    Runtime.getRuntime().halt(0);
  }

  /** Only an endpoint would ask it for more. */
  static BootstrapContext context() {
    return (BootstrapContext)
        Proxy.newProxyInstance(
            CapturingServer.class.getClassLoader(),
            new Class<?>[] {BootstrapContext.class},
            (proxy, method, arguments) -> null);
  }

  private void serve(UUID vm, boolean keepSnapshot) {
    say("begun");
    try (HostLink link = HostLink.open(adapter.getUri())) {
      HostOperations operations = new HostOperations(adapter.services(), link);
      CaptureResult result = operations.capture(request(vm, keepSnapshot), ProgressListener.NONE);
      say("done");
      if (result.snapshotKept()) {
        dropSnapshots(operations, vm);
      }
    } catch (HypervisorException e) {
      say("failed " + e.reason() + " " + e.getMessage());
    } catch (LibvirtFailure | RuntimeException e) {
      say("failed - " + e);
    }
    say("idle");
  }

  /** Those too that could not be dropped before. */
  private static void dropSnapshots(HostOperations operations, UUID vm) throws HypervisorException {
    for (Digest snapshot : operations.snapshots(vm)) {
      operations.dropSnapshot(vm, snapshot);
    }
  }

  private CaptureRequest request(UUID vm, boolean keepSnapshot) {
    return new CaptureRequest(
        vm,
        "request",
        Optional.empty(),
        ++sequence,
        Optional.empty(),
        keepSnapshot,
        Optional.empty(),
        MAX_PAUSE);
  }

  private static void say(String line) {
    System.out.println(line.replace('\n', ' '));
    System.out.flush();
  }
}
