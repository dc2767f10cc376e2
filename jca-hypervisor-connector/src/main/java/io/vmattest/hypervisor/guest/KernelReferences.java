// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.ImportedKernel;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.integrity.KernelReference;
import io.vmattest.introspection.integrity.KernelStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The kernels that guests are compared with, a file each, by their build ids. Those last used are
 * kept in memory.
 */
public final class KernelReferences {
  private static final System.Logger LOG = System.getLogger(KernelReferences.class.getName());
  private static final Pattern BUILD_ID = Pattern.compile("[0-9a-f]{8,128}");
  private static final String SUFFIX = ".kernel";
  private static final int MAX_OPEN = 4;

  private final Path folder;
  private final Map<String, KernelReference> open = new LinkedHashMap<>(8, 0.75f, true);

  public KernelReferences(Path folder) {
    this.folder = folder;
  }

  /**
   * Takes in a distribution's kernel; one of the same build is replaced, but not a package by its
   * kernel alone.
   *
   * @param source a Debian package of a kernel, or a bzImage
   * @throws MalformedImageException if it is none
   * @throws IOException if it cannot be read or kept
   */
  public synchronized ImportedKernel add(InputStream source)
      throws IOException, MalformedImageException {
    Path partial = Files.createTempFile(folder, "import", ".partial");
    try {
      KernelStore.write(source, partial);
      ImportedKernel kernel = describe(partial);
      if (!BUILD_ID.matcher(kernel.buildId()).matches()) {
        throw new IOException("the kernel's build id is none: " + kernel.buildId());
      }
      Path target = file(kernel.buildId());
      if (hasModules(partial) || !Files.exists(target) || !hasModules(target)) {
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        open.remove(kernel.buildId());
      }
      return kernel;
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static boolean hasModules(Path file) throws IOException {
    try (KernelStore store = KernelStore.open(file)) {
      return store.hasModules();
    }
  }

  private static ImportedKernel describe(Path file) throws IOException, MalformedImageException {
    try (KernelStore store = KernelStore.open(file)) {
      return describe(store.reference());
    }
  }

  private static ImportedKernel describe(KernelReference reference) {
    return new ImportedKernel(
        reference.release(),
        reference.buildId(),
        Digest.ofHex(reference.textDigest()),
        Digest.ofHex(reference.rodataDigest()));
  }

  /** All that there are, but for those that cannot be read any more. */
  public List<ImportedKernel> list() throws IOException {
    List<ImportedKernel> all = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        find(name.substring(0, name.length() - SUFFIX.length()))
            .map(KernelReferences::describe)
            .ifPresent(all::add);
      }
    }
    return all;
  }

  /**
   * That of a build id, which may be a guest's word. One that cannot be read counts as none: the
   * report then names no reference.
   */
  public synchronized Optional<KernelReference> find(String buildId) {
    if (!BUILD_ID.matcher(buildId).matches()) {
      return Optional.empty();
    }
    Optional<KernelReference> known = Optional.ofNullable(open.get(buildId));
    return known.isPresent() ? known : load(buildId);
  }

  private Optional<KernelReference> load(String buildId) {
    Path file = file(buildId);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      // Not closed: modules are read from it later on. The collector closes it.
      KernelReference reference = KernelStore.open(file).reference();
      open.put(buildId, reference);
      if (open.size() > MAX_OPEN) {
        open.remove(open.keySet().iterator().next());
      }
      return Optional.of(reference);
    } catch (IOException | MalformedImageException e) {
      LOG.log(System.Logger.Level.WARNING, "the kernel " + file + " cannot be read", e);
      return Optional.empty();
    }
  }

  private Path file(String buildId) {
    return folder.resolve(buildId + SUFFIX);
  }
}
