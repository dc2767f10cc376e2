// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.cases;

import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseFile;
import io.vmattest.core.bundle.CaseRejectedException;
import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;

/** Bundles as zip file or folder. A folder may hold the suspect's memory, too. */
public final class CaseFolder {
  private static final String ZIP = ".zip";
  private static final int BUFFER = 1 << 16;

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

  /**
   * Writes a zip file if the path ends in {@code .zip}, a folder otherwise. Nothing is overwritten.
   */
  public static void write(CaseBundle bundle, Path path) throws IOException {
    if (path.toString().endsWith(ZIP)) {
      Files.write(path, bundle.zip(), StandardOpenOption.CREATE_NEW);
      return;
    }
    Files.createDirectory(path);
    for (Map.Entry<String, byte[]> file : bundle.files().entrySet()) {
      Files.write(path.resolve(file.getKey()), file.getValue());
    }
    // Last: a folder without it is none.
    Files.write(path.resolve(CaseBundle.MANIFEST), bundle.manifest());
  }

  /** The suspect's memory, which may be larger than ours, as a manifest would list it. */
  public static CaseFile core(Path path) throws IOException {
    MessageDigest sha256 = sha256();
    long size = 0;
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(path)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha256.update(buffer, 0, n);
        size += n;
      }
    }
    return new CaseFile(
        CaseFile.CORE, "application/octet-stream", size, Digest.of(sha256.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has it", e);
    }
  }
}
