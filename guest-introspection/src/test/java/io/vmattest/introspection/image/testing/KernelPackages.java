// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.deb.DebPackage;
import io.vmattest.introspection.image.deb.KernelFile;
import io.vmattest.introspection.image.deb.KernelFileSink;
import io.vmattest.introspection.image.deb.PackageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Distributions' kernel packages from the folder that the property vmattest.kernels names. */
public final class KernelPackages {
  private KernelPackages() {}

  /** At least one; where there is none the test is skipped, and says so. */
  public static List<Path> all() throws IOException {
    Path folder = Path.of(System.getProperty("vmattest.kernels", "kernels"));
    List<Path> packages = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "linux-image-*.deb")) {
        files.forEach(packages::add);
      }
    }
    if (packages.isEmpty()) {
      String why =
          "SKIPPED: no linux-image-*.deb in %s (-Dvmattest.kernels names the folder)"
              .formatted(folder);
      System.out.println(why);
      abort(why);
    }
    packages.sort(null);
    return packages;
  }

  public static void read(Path deb, KernelFileSink sink)
      throws IOException, MalformedImageException {
    try (InputStream stream = Files.newInputStream(deb)) {
      new DebPackage(PackageLimits.DEFAULT).read(stream, sink);
    }
  }

  /** The one kernel of a package. */
  public static KernelFile kernel(Path deb) throws IOException, MalformedImageException {
    List<KernelFile> kernels = new ArrayList<>();
    read(
        deb,
        file -> {
          if (file.kind() == KernelFile.Kind.KERNEL) {
            kernels.add(file);
          }
        });
    return kernels.get(0);
  }
}
