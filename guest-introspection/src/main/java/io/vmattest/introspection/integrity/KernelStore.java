// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.deb.DebPackage;
import io.vmattest.introspection.image.deb.KernelFile;
import io.vmattest.introspection.image.deb.PackageLimits;
import io.vmattest.introspection.image.module.ModuleFile;
import io.vmattest.introspection.image.vmlinux.BzImage;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A kernel package in a form that is quick to use: a zip file with the unpacked kernel and each
 * module under its name. A package is one compressed stream, of which the last module costs as much
 * as all. Modules are read when a guest has them loaded, and kept.
 */
public final class KernelStore implements AutoCloseable {
  private static final String KERNEL = "vmlinux";
  private static final String MODULES = "modules/";

  /** As much as the limits of packages allow. */
  private static final int MAX_KERNEL = 512 << 20;

  private final ZipFile zip;
  private final Map<String, Optional<ModuleFile>> known = new ConcurrentHashMap<>();

  private KernelStore(ZipFile zip) {
    this.zip = zip;
  }

  /**
   * Makes one of a Debian package, or of a bootable kernel alone, which brings no modules.
   *
   * @param source the package, or a bzImage (vmlinuz)
   * @param target the file; a partial one is left if this fails
   * @throws MalformedImageException if it is neither
   * @throws IOException if the one cannot be read or the other not be written
   */
  public static void write(InputStream source, Path target)
      throws IOException, MalformedImageException {
    Set<String> names = new HashSet<>();
    try (OutputStream file = Files.newOutputStream(target);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.setLevel(Deflater.BEST_SPEED);
      InputStream buffered = new BufferedInputStream(source);
      if (BzImage.isNext(buffered)) {
        add(zip, KERNEL, BzImage.kernel(whole(buffered)));
        names.add(KERNEL);
      } else {
        new DebPackage(PackageLimits.DEFAULT).read(buffered, entry -> add(zip, names, entry));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (!names.contains(KERNEL)) {
      throw new MalformedImageException("the package", 0, "has no kernel");
    }
  }

  private static void add(ZipOutputStream zip, Set<String> names, KernelFile file)
      throws MalformedImageException {
    boolean kernel = file.kind() == KernelFile.Kind.KERNEL;
    String name = kernel ? KERNEL : MODULES + file.moduleName();
    if (names.add(name)) {
      ImageBytes content = kernel ? BzImage.kernel(file.content()) : file.content();
      try {
        add(zip, name, content);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void add(ZipOutputStream zip, String name, ImageBytes content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content.copy());
    zip.closeEntry();
  }

  private static ImageBytes whole(InputStream bzImage) throws IOException, MalformedImageException {
    int most = PackageLimits.DEFAULT.file();
    byte[] bytes = bzImage.readNBytes(most + 1);
    if (bytes.length > most) {
      throw new MalformedImageException("the kernel", most, "is too large");
    }
    return ImageBytes.of("the kernel", bytes);
  }

  /** Whether it has files of modules; one that was made of a kernel alone has none. */
  public boolean hasModules() {
    return zip.size() > 1;
  }

  /**
   * @throws IOException if there is none
   */
  public static KernelStore open(Path file) throws IOException {
    return new KernelStore(new ZipFile(file.toFile()));
  }

  /** Reads the kernel. The reference needs the store open for its modules. */
  public KernelReference reference() throws IOException, MalformedImageException {
    Optional<ImageBytes> kernel = content(KERNEL);
    if (kernel.isEmpty()) {
      throw new MalformedImageException(zip.getName(), 0, "holds no kernel");
    }
    return KernelReference.of(KernelImage.read(kernel.get()), this::module);
  }

  private Optional<ModuleFile> module(String name) throws IOException, MalformedImageException {
    Optional<ModuleFile> found = known.get(name);
    if (found == null) {
      Optional<ImageBytes> content = moduleContent(name);
      found = content.isEmpty() ? Optional.empty() : Optional.of(ModuleFile.read(content.get()));
      // Names that no package has are a guest's to choose, and are not kept.
      if (found.isPresent()) {
        known.put(name, found);
      }
    }
    return found;
  }

  /** An unpacked module file. */
  Optional<ImageBytes> moduleContent(String name) throws IOException, MalformedImageException {
    return content(MODULES + name);
  }

  private Optional<ImageBytes> content(String name) throws IOException, MalformedImageException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      return Optional.empty();
    }
    try (InputStream stream = zip.getInputStream(entry)) {
      byte[] bytes = stream.readNBytes(MAX_KERNEL + 1);
      if (bytes.length > MAX_KERNEL) {
        throw new MalformedImageException(name, 0, "is too large");
      }
      return Optional.of(ImageBytes.of(name, bytes));
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
