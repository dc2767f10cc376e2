// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.bundle.CaseRejectedException.Reason;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** That files are those that a manifest lists. */
final class CaseListing {
  private CaseListing() {}

  /**
   * @throws CaseRejectedException FILE_MISSING, FILE_SIZE, FILE_DIGEST, FILE_UNLISTED
   */
  static void require(CaseManifest manifest, CaseBundle bundle, Optional<CaseCore> core)
      throws CaseRejectedException {
    Set<String> unlisted = new TreeSet<>(bundle.files().keySet());
    core.ifPresent(file -> unlisted.add(CaseFile.CORE));
    for (CaseFile listed : manifest.files()) {
      unlisted.remove(listed.name());
      Optional<CaseFile> there =
          listed.name().equals(CaseFile.CORE)
              ? core.map(CaseCore::file)
              : found(bundle, listed.name());
      if (there.isPresent()) {
        requireSame(listed, there.get());
      } else if (!listed.name().equals(CaseFile.CORE)) {
        throw rejected(Reason.FILE_MISSING, listed.name(), "is listed, and is not there");
      }
    }
    for (String name : unlisted) {
      throw rejected(Reason.FILE_UNLISTED, name, "is there, and is not listed");
    }
  }

  private static Optional<CaseFile> found(CaseBundle bundle, String name) {
    return bundle.file(name).map(bytes -> CaseFile.of(name, bytes));
  }

  private static void requireSame(CaseFile listed, CaseFile there) throws CaseRejectedException {
    if (there.size() != listed.size()) {
      throw rejected(Reason.FILE_SIZE, listed.name(), "has another size than is listed");
    }
    if (!there.sha256().equals(listed.sha256())) {
      throw rejected(Reason.FILE_DIGEST, listed.name(), "is not the file that is listed");
    }
  }

  private static CaseRejectedException rejected(Reason reason, String file, String what) {
    return new CaseRejectedException(reason, file, file + " " + what + ".");
  }
}
