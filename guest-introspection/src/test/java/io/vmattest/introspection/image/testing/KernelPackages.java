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
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Distributions' kernel packages from the folder that the property vmattest.kernels names, which is
 * filled where it is empty.
 */
public final class KernelPackages {
  private static final Path FOLDER =
      Path.of(System.getProperty("vmattest.kernels", "/var/cache/vmattest/kernels"));
  private static final Path SCRIPTS = Path.of(System.getProperty("vmattest.scripts", "../bin/lib"));

  private KernelPackages() {}

  /** At least one; where there is none and none can be got the test is skipped, and says so. */
  public static List<Path> all() throws IOException, InterruptedException {
    List<Path> packages = present();
    if (packages.isEmpty()) {
      String failure = fetch();
      packages = present();
      if (packages.isEmpty()) {
        String why = "SKIPPED: no linux-image-*.deb in %s: %s".formatted(FOLDER, failure);
        System.out.println(why);
        abort(why);
      }
    }
    return packages;
  }

  private static List<Path> present() throws IOException {
    List<Path> packages = new ArrayList<>();
    if (Files.isDirectory(FOLDER)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(FOLDER, "linux-image-*.deb")) {
        files.forEach(packages::add);
      }
    }
    packages.sort(null);
    return packages;
  }

  /** What the script said. */
  private static String fetch() throws IOException, InterruptedException {
    Process script =
        new ProcessBuilder(
                "bash", SCRIPTS.resolve("guest.sh").toString(), "kernels", FOLDER.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return "guest.sh kernels ended with %d: %s".formatted(script.waitFor(), output.strip());
  }

  public static void read(Path deb, KernelFileSink sink)
      throws IOException, MalformedImageException {
    try (InputStream stream = Files.newInputStream(deb)) {
      new DebPackage(PackageLimits.DEFAULT).read(stream, sink);
    }
  }

  /** The one kernel of a package. */
  public static KernelFile kernel(Path deb) throws IOException, MalformedImageException {
    try (InputStream stream = Files.newInputStream(deb)) {
      return new DebPackage(PackageLimits.DEFAULT).kernel(stream);
    }
  }

  /**
   * Unpacks a kernel and some of its modules, under their names and .ko.
   *
   * @param folder new; the modules are in it, beside the kernel
   * @return where the kernel is
   */
  public static Path withModules(Path deb, Path folder, Set<String> modules)
      throws IOException, MalformedImageException {
    Files.createDirectory(folder);
    try {
      read(deb, file -> unpack(file, folder, modules));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return folder.resolve("vmlinuz");
  }

  private static void unpack(KernelFile file, Path folder, Set<String> modules) {
    boolean kernel = file.kind() == KernelFile.Kind.KERNEL;
    if (kernel || modules.contains(file.moduleName())) {
      try {
        Files.write(
            folder.resolve(kernel ? "vmlinuz" : file.moduleName() + ".ko"), file.content().copy());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Unpacks the kernel of a package.
   *
   * @return where it is: in the folder, under the kernel's release
   */
  public static Path vmlinuz(Path deb, Path folder) throws IOException, MalformedImageException {
    KernelFile kernel = kernel(deb);
    return Files.write(folder.resolve("vmlinuz-" + kernel.release()), kernel.content().copy());
  }
}
