// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.bundle.CaseRejectedException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * A signed manifest and files by their names, not verified. As zip file it has one form: the
 * manifest, then the files in the order of their names, none compressed, all of 1980. So nothing
 * can be in it that one reader sees and another does not, and nothing grows when it is unpacked.
 *
 * @param manifest COSE_Sign1
 */
public record CaseBundle(byte[] manifest, Map<String, byte[]> files) {
  /** The manifest's name. */
  public static final String MANIFEST = "manifest.cose";

  /** Media type of the zip file. */
  public static final String MEDIA_TYPE = "application/zip";

  /** No bundle is larger, in bytes. */
  public static final int MAX_SIZE = 32 << 20;

  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

  public CaseBundle {
    files = Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /** One of its files. */
  public Optional<byte[]> file(String name) {
    return Optional.ofNullable(files.get(name));
  }

  /** As zip file. */
  public byte[] zip() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      add(zip, MANIFEST, manifest);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        add(zip, file.getKey(), file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(EPOCH);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /**
   * Reads a zip file.
   *
   * @throws CaseRejectedException PACKAGE
   */
  public static CaseBundle ofZip(byte[] zip) throws CaseRejectedException {
    if (zip.length > MAX_SIZE) {
      throw rejected("It has more than " + MAX_SIZE + " bytes.");
    }
    CaseBundle bundle = of(read(zip));
    if (!Arrays.equals(bundle.zip(), zip)) {
      throw rejected("The zip file is not in the one form that a bundle has.");
    }
    return bundle;
  }

  /**
   * Of files by their names, the manifest among them.
   *
   * @throws CaseRejectedException PACKAGE
   */
  public static CaseBundle of(Map<String, byte[]> named) throws CaseRejectedException {
    Map<String, byte[]> files = new TreeMap<>(named);
    byte[] manifest = files.remove(MANIFEST);
    if (manifest == null) {
      throw rejected("There is no " + MANIFEST + ".");
    }
    return new CaseBundle(manifest, files);
  }

  private static Map<String, byte[]> read(byte[] bytes) throws CaseRejectedException {
    Map<String, byte[]> files = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        requireName(name);
        if (entry.getMethod() != ZipEntry.STORED) {
          throw rejected("The zip file is compressed.");
        }
        // Stored: no more than the zip file has.
        if (files.put(name, zip.readAllBytes()) != null) {
          throw rejected("The zip file has " + name + " twice.");
        }
      }
      return files;
    } catch (IOException | IllegalArgumentException e) {
      throw new CaseRejectedException(
          Reason.PACKAGE, "", "This is no zip file: " + e.getMessage(), e);
    }
  }

  private static void requireName(String name) throws CaseRejectedException {
    boolean known = name.equals(MANIFEST) || CaseFile.kind(name).isPresent();
    if (!known || name.equals(CaseFile.CORE)) {
      throw rejected("The zip file has a file whose name no bundle has.");
    }
  }

  private static CaseRejectedException rejected(String message) {
    return new CaseRejectedException(Reason.PACKAGE, "", message);
  }
}
