// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Loads the measurement module, or the client of the one behind a socket, from this jar. */
final class NativeLibrary {
  private static final String NAME = "libvmtee.so";
  private static final String CLIENT_NAME = "libvmtee-client.so";

  /** What the loader says of a library of ours that is not installed. */
  private static final Pattern NOT_INSTALLED =
      Pattern.compile("(lib(?:tss2-|crypto)\\S*): cannot open shared object file");

  /** Loaded on first use, once for each class loader. */
  private static final FirstSuccess<VmteeLibrary> LIBRARY = new FirstSuccess<>(NativeLibrary::load);

  private NativeLibrary() {}

  /**
   * The library. A failure is not for ever: the next call tries again.
   *
   * @throws UnsatisfiedLinkError if this is not Linux on x86-64, a library it needs is not
   *     installed, or the folder for temporary files allows no programs
   * @throws UncheckedIOException if it cannot be unpacked into that folder
   */
  static VmteeLibrary get() {
    return LIBRARY.get();
  }

  private static VmteeLibrary load() {
    requirePlatform();
    Optional<Path> socket = MeasurementModule.use();
    // The mapping outlives the name, and nobody can swap what has no name.
    try (UnpackedFile library = UnpackedFile.of(socket.isPresent() ? CLIENT_NAME : NAME)) {
      Path file = library.path();
      return checkVersion(socket.isPresent() ? bindClient(file, socket.get()) : bind(file));
    } catch (IOException e) {
      throw new UncheckedIOException("unpacking the measurement module failed", e);
    }
  }

  private static void requirePlatform() {
    String platform = System.getProperty("os.name") + "/" + System.getProperty("os.arch");
    if (!platform.equals("Linux/amd64")) {
      throw new UnsatisfiedLinkError("the measurement module runs on Linux/amd64, not " + platform);
    }
  }

  /** Loads a library file, or says what it lacks. */
  static VmteeLibrary bind(Path file) {
    return bind(file, VmteeLibrary.class);
  }

  private static VmteeLibrary bindClient(Path file, Path socket) {
    VmteeClientLibrary client = bind(file, VmteeClientLibrary.class);
    if (client.vmtee_client_use(socket.toString()) < 0) {
      throw new UnsatisfiedLinkError(client.vmtee_detail());
    }
    return client;
  }

  private static <T extends VmteeLibrary> T bind(Path file, Class<T> type) {
    try {
      return Native.load(file.toString(), type, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
    } catch (UnsatisfiedLinkError e) {
      UnsatisfiedLinkError clearer =
          new UnsatisfiedLinkError(reason(String.valueOf(e.getMessage())));
      clearer.initCause(e);
      throw clearer;
    }
  }

  private static String reason(String message) {
    Matcher missing = NOT_INSTALLED.matcher(message);
    if (!missing.find()) {
      return "the measurement module cannot be loaded: " + message;
    }
    return "the measurement module needs "
        + missing.group(1)
        + ", which is not installed; it is in one of the Debian packages libtss2-esys-3.0.2-0,"
        + " libtss2-mu0, libtss2-rc0, libtss2-tctildr0 and libssl3: "
        + message;
  }

  private static VmteeLibrary checkVersion(VmteeLibrary library) {
    int version = library.vmtee_version();
    if (version != VmteeLibrary.VERSION) {
      throw new UnsatisfiedLinkError(
          "libvmtee.so has version " + version + ", not " + VmteeLibrary.VERSION);
    }
    return library;
  }
}
