// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.snapshots.DurableFiles;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that opens the copy of a VM's open branch. There is a new one for each state of the
 * branch, and none when it is over: a copy that was put back is then no better than a forged one.
 */
record MirrorKeys(StateFolder state) {
  private static final int BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Makes a new key, durable on return; what the former sealed cannot be opened any more. */
  SecretKey renew(UUID vm) throws IOException {
    byte[] key = new byte[BYTES];
    RANDOM.nextBytes(key);
    DurableFiles.replace(state.mirrorKey(vm), key);
    return new SecretKeySpec(key, "AES");
  }

  /** Empty if there is none, or what is there is no key. */
  Optional<SecretKey> find(UUID vm) throws IOException {
    Path file = state.mirrorKey(vm);
    boolean isKey =
        Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) == BYTES;
    return isKey
        ? Optional.of(new SecretKeySpec(Files.readAllBytes(file), "AES"))
        : Optional.empty();
  }

  /** Durable on return. */
  void revoke(UUID vm) throws IOException {
    Path file = state.mirrorKey(vm);
    if (Files.deleteIfExists(file)) {
      DurableFiles.sync(file.resolveSibling("."));
    }
  }
}
