// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.deb;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdInputStream;
import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.compression.CompressedFormat;
import io.vmattest.introspection.image.compression.CompressedModule;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Reads a kernel package (deb(5): an ar archive with data.tar.xz, .zst, .gz or data.tar) as it
 * streams by. Whether the package is the distribution's is not decided here: its digest or
 * signature is to be checked by who gets it.
 */
public final class DebPackage {
  private static final String WHAT = "the package";
  private static final int MAX_MEMBERS = 16;

  private final PackageLimits limits;

  public DebPackage(PackageLimits limits) {
    this.limits = limits;
  }

  /**
   * Hands over the kernel and the modules.
   *
   * @throws MalformedImageException if it is no such package, or one of its limits is passed
   * @throws IOException if the stream itself cannot be read
   */
  public void read(InputStream deb, KernelFileSink sink)
      throws IOException, MalformedImageException {
    FailingStream source = new FailingStream(new BufferedInputStream(deb));
    try {
      readMembers(new ArArchiveInputStream(source), sink);
    } catch (IOException
        | MalformedInputException
        | IndexOutOfBoundsException
        | IllegalArgumentException e) {
      source.rethrow();
      throw new MalformedImageException(WHAT, source.position(), "cannot be unpacked", e);
    }
  }

  /**
   * The kernel alone; what comes after it is not read.
   *
   * @throws MalformedImageException as {@link #read}, or if there is no kernel
   */
  public KernelFile kernel(InputStream deb) throws IOException, MalformedImageException {
    List<KernelFile> found = new ArrayList<>();
    try {
      read(
          deb,
          file -> {
            if (file.kind() == KernelFile.Kind.KERNEL) {
              found.add(file);
              throw new MalformedImageException(WHAT, 0, "is read far enough");
            }
          });
    } catch (MalformedImageException e) {
      if (found.isEmpty()) {
        throw e;
      }
    }
    if (found.isEmpty()) {
      throw new MalformedImageException(WHAT, 0, "has no kernel");
    }
    return found.get(0);
  }

  private void readMembers(ArArchiveInputStream ar, KernelFileSink sink)
      throws IOException, MalformedImageException {
    for (int i = 0; i < MAX_MEMBERS; i++) {
      ArArchiveEntry member = ar.getNextEntry();
      if (member == null) {
        break;
      }
      if (member.getName().startsWith("data.tar")) {
        readFiles(open(member.getName(), ar), sink);
        return;
      }
    }
    throw new MalformedImageException(WHAT, 0, "has no data.tar");
  }

  private static InputStream open(String name, InputStream member)
      throws IOException, MalformedImageException {
    return switch (name) {
      case "data.tar" -> member;
      case "data.tar.gz" -> new GZIPInputStream(member);
      case "data.tar.xz" -> new XZInputStream(member, CompressedFormat.XZ_MEMORY_KIB);
      case "data.tar.zst" -> new ZstdInputStream(member);
      default -> throw new MalformedImageException(WHAT, 0, name + " is packed in an unknown way");
    };
  }

  private void readFiles(InputStream data, KernelFileSink sink)
      throws IOException, MalformedImageException {
    CountedStream counted = new CountedStream(data, limits.total());
    TarArchiveInputStream tar = new TarArchiveInputStream(counted);
    for (int i = 0; ; i++) {
      TarArchiveEntry entry = tar.getNextEntry();
      if (entry == null) {
        return;
      }
      if (i == limits.entries()) {
        throw new MalformedImageException(WHAT, counted.position(), "has too many files");
      }
      if (entry.isFile() && !entry.isSparse()) {
        readFile(entry, tar, sink);
      }
    }
  }

  private void readFile(TarArchiveEntry entry, TarArchiveInputStream tar, KernelFileSink sink)
      throws IOException, MalformedImageException {
    String path = entry.getName().replaceFirst("^\\./", "");
    for (KernelFile.Kind kind : KernelFile.Kind.values()) {
      Optional<String> release = kind.release(path);
      if (release.isPresent()) {
        ImageBytes file = content(path, entry, tar);
        ImageBytes content =
            kind == KernelFile.Kind.MODULE ? CompressedModule.expand(file, limits.file()) : file;
        sink.accept(new KernelFile(kind, path, release.get(), content));
        return;
      }
    }
  }

  private ImageBytes content(String path, TarArchiveEntry entry, TarArchiveInputStream tar)
      throws IOException, MalformedImageException {
    if (entry.getSize() > limits.file()) {
      throw new MalformedImageException(path, 0, "has " + entry.getSize() + " bytes");
    }
    byte[] bytes = tar.readNBytes((int) entry.getSize());
    if (bytes.length != entry.getSize()) {
      throw new MalformedImageException(path, bytes.length, "ends too early");
    }
    return ImageBytes.of(path, bytes);
  }
}
