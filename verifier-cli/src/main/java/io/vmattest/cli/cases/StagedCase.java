// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.cases;

import io.vmattest.core.bundle.CaseBundle;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A bundle on its way to where it is wanted: a zip file if that ends in {@code .zip}, a folder
 * otherwise. It lies in a hidden folder of its owner's beside that place until it is whole.
 */
public final class StagedCase implements AutoCloseable {
  private final Path wanted;
  private final Path folder;
  private final Path staged;

  private StagedCase(Path wanted, Path folder) {
    this.wanted = wanted;
    this.folder = folder;
    this.staged = folder.resolve(wanted.getFileName());
  }

  /**
   * Begins.
   *
   * @throws FileAlreadyExistsException if something is there already
   */
  public static StagedCase at(Path path) throws IOException {
    Path wanted = path.toAbsolutePath().normalize();
    for (Path place : List.of(wanted, CaseFolder.core(wanted))) {
      if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileAlreadyExistsException(place.toString());
      }
    }
    return new StagedCase(
        wanted, Files.createTempDirectory(wanted.getParent(), "." + wanted.getFileName() + "."));
  }

  /** Writes all but the memory. */
  public void write(CaseBundle bundle) throws IOException {
    if (CaseFolder.isZip(wanted)) {
      Files.write(staged, bundle.zip());
      return;
    }
    Files.createDirectory(staged);
    for (Map.Entry<String, byte[]> file : bundle.files().entrySet()) {
      Files.write(staged.resolve(file.getKey()), file.getValue());
    }
    Files.write(staged.resolve(CaseBundle.MANIFEST), bundle.manifest());
  }

  /** An empty file for the memory, which its owner alone may read wherever it is moved. */
  public Path createCore() throws IOException {
    Path made = Files.createTempFile(folder, "", "");
    return Files.move(made, CaseFolder.core(staged));
  }

  /** Puts everything to its place, where nothing may be. */
  public void commit() throws IOException {
    Path core = CaseFolder.core(staged);
    boolean beside = CaseFolder.isZip(wanted) && Files.exists(core);
    if (beside) {
      Files.move(core, CaseFolder.core(wanted));
    }
    try {
      Files.move(staged, wanted);
    } catch (IOException e) {
      if (beside) {
        Files.delete(CaseFolder.core(wanted));
      }
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    List<Path> left;
    try (Stream<Path> all = Files.walk(folder)) {
      left = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : left) {
      Files.delete(path);
    }
  }
}
