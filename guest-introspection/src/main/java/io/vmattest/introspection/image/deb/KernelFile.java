// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.deb;

import io.vmattest.introspection.image.ImageBytes;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of a kernel package.
 *
 * @param path in the package, without a leading "./"
 * @param release the kernel's release, as `uname -r` says it
 * @param content a bzImage, or a module, no longer compressed
 */
public record KernelFile(Kind kind, String path, String release, ImageBytes content) {
  /** What kernel packages hold that has reference values. */
  public enum Kind {
    KERNEL("boot/vmlinuz-([^/]+)"),
    MODULE("(?:usr/)?lib/modules/([^/]+)/.+\\.ko(?:\\.xz|\\.zst|\\.gz)?");

    private final Pattern path;

    Kind(String path) {
      this.path = Pattern.compile(path);
    }

    /** The release in a path of this kind. */
    Optional<String> release(String name) {
      Matcher matcher = path.matcher(name);
      return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
  }

  /** The module's name as the kernel lists it: without folders and endings, with underscores. */
  public String moduleName() {
    String file = path.substring(path.lastIndexOf('/') + 1);
    int end = file.indexOf(".ko");
    return (end < 0 ? file : file.substring(0, end)).replace('-', '_');
  }
}
