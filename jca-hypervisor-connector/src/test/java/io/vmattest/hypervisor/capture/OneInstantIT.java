// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.report.MeasuredClaimsDecoder;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.testing.SaveImage;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.tee.Capture;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.Sha256Digest;
import jakarta.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;

/**
 * Whether the memory that was captured is the memory of the pause, by another way of reading it.
 * Both processors are kept busy meanwhile: only a stream that takes its time goes over pages again.
 */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OneInstantIT {
  private static final int PAGE = 4096;
  private static final int THREADS_A_PROCESSOR = 8;
  private static final long RAM_BYTES = 256L << 20;

  private final List<Thread> load = new ArrayList<>();
  private volatile boolean over;
  private TestHost host;
  private TestGuest guest;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
    for (int i = 0; i < THREADS_A_PROCESSOR * Runtime.getRuntime().availableProcessors(); i++) {
      load.add(new Thread(this::burn, "load"));
    }
    load.forEach(Thread::start);
  }

  @AfterAll
  void stop() throws Exception {
    over = true;
    for (Thread thread : load) {
      thread.join();
    }
    guest.close();
    host.close();
  }

  private void burn() {
    while (!over) {
      Thread.onSpinWait();
    }
  }

  @RepeatedTest(4)
  void everyCapturedPageIsAsItWasInThePause() throws Exception {
    Path truth = Files.createFile(host.folder().resolve("truth"));
    Files.setPosixFilePermissions(truth, PosixFilePermissions.fromString("rw-rw-rw-"));
    Path folder = Files.createDirectory(host.folder().resolve("captured"));
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create();
        NativeFile directory = NativeFile.openDirectory(folder)) {
      // From the second on, it is compared with what the one before left.
      capture.ofVm(guest.id());
      new LiveCapture(
              domain,
              host.folder().resolve("record"),
              Optional.of(() -> save(domain, truth)),
              TestLimits.patient())
          .into(capture);
      capture.measure(0);
      Path image = folder.resolve("image");
      try (PageStore store = PageStore.open(directory);
          NativeFile output = NativeFile.create(image)) {
        store.save(capture, directory, 0);
        store.restore(directory, digest(capture), "<domain/>", output, Duration.ofSeconds(60));
      }
      assertEquals(List.of(), differingPages(truth, image));
    } finally {
      TestGuest.deleteFolder(folder);
      Files.delete(truth);
    }
    guest.awaitTicks(1);
  }

  private static Sha256Digest digest(Capture capture) throws Exception {
    return Sha256Digest.of(
        MeasuredClaimsDecoder.decode(capture.claims().cbor()).snapshot().bytes());
  }

  private static void save(GuestDomain domain, Path file) throws LibvirtFailure {
    new Qmp(domain)
        .execute(
            "pmemsave",
            Json.createObjectBuilder()
                .add("val", 0)
                .add("size", RAM_BYTES)
                .add("filename", file.toString())
                .build());
  }

  /** The guest's memory is below 4 GiB and the first block of the stream. */
  private static List<String> differingPages(Path truth, Path captured) throws IOException {
    List<String> differing = new ArrayList<>();
    try (InputStream expected = Files.newInputStream(truth);
        SaveImage actual = new SaveImage(captured)) {
      for (long at = 0; at < RAM_BYTES; at += PAGE) {
        if (!Arrays.equals(expected.readNBytes(PAGE), actual.next())) {
          differing.add("0x" + Long.toHexString(at));
        }
      }
    }
    return differing;
  }
}
