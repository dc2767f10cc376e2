// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.cases;

import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseCore;
import io.vmattest.core.bundle.CaseFile;
import io.vmattest.core.bundle.CaseRejectedException;
import io.vmattest.core.bundle.CaseRejectedException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Bundles as zip file or folder, and the memory beside the one or in the other. */
public final class CaseFolder {
  private static final String ZIP = ".zip";

  private CaseFolder() {}

  /** Reads either. */
  public static CaseBundle read(Path path) throws IOException, CaseRejectedException {
    return Files.isDirectory(path)
        ? CaseBundle.of(files(path))
        : CaseBundle.ofZip(BoundedFiles.read(path, CaseBundle.MAX_SIZE));
  }

  private static Map<String, byte[]> files(Path folder) throws IOException, CaseRejectedException {
    Map<String, byte[]> files = new TreeMap<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
      for (Path path : paths) {
        String name = String.valueOf(path.getFileName());
        boolean known = name.equals(CaseBundle.MANIFEST) || CaseFile.kind(name).isPresent();
        if (!known || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          throw new CaseRejectedException(
              Reason.PACKAGE, "", "The folder holds what no bundle has.");
        }
        if (!name.equals(CaseFile.CORE)) {
          files.put(name, BoundedFiles.read(path, CaseBundle.MAX_SIZE));
        }
      }
    }
    return files;
  }

  /** Where the memory that a bundle lists is looked for, and written to. */
  public static Path core(Path bundle) {
    return isZip(bundle)
        ? bundle.resolveSibling(bundle.getFileName().toString().replaceAll("\\.zip$", ".core"))
        : bundle.resolve(CaseFile.CORE);
  }

  static boolean isZip(Path bundle) {
    return bundle.toString().endsWith(ZIP);
  }

  /** A core file, which may be larger than our memory. */
  public static CaseCore readCore(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return CaseCore.read(in);
    }
  }
}
