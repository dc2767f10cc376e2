// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The distribution's package of the test guest's kernel. */
public final class GuestKernelPackage {
  private static final Path FOLDER =
      Path.of(System.getProperty("vmattest.kernels", "/var/cache/vmattest/kernels"));

  private GuestKernelPackage() {}

  /** Gets it where it is absent; where that fails the test is skipped, and says so. */
  public static Path find() throws IOException, InterruptedException {
    try {
      TestGuest.run("bash", TestGuest.script("guest.sh").toString(), "kernels", FOLDER.toString());
    } catch (IOException e) {
      System.out.println("SKIPPED: no kernel package: " + e.getMessage());
      abort("no kernel package: " + e.getMessage());
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(FOLDER, "linux-image-6.1.*.deb")) {
      return files.iterator().next();
    }
  }
}
