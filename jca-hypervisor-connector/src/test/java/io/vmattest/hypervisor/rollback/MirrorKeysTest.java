// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vmattest.hypervisor.snapshots.StateFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorKeysTest {
  @TempDir Path folder;
  private final UUID vm = UUID.randomUUID();
  private MirrorKeys keys;
  private Path file;

  @BeforeEach
  void open() throws Exception {
    keys = new MirrorKeys(StateFolder.at(folder));
    file = folder.resolve("snapshots/" + vm + "/rollback.key");
    Files.createDirectories(file.getParent());
  }

  @Test
  void aKeyIsReplacedByAnotherAndGoneWhenItIsRevoked() throws Exception {
    var first = keys.renew(vm);
    assertEquals(Optional.of(first), keys.find(vm));
    assertNotEquals(first, keys.renew(vm));
    assertNotEquals(Optional.of(first), keys.find(vm));
    keys.revoke(vm);
    keys.revoke(vm);
    assertEquals(Optional.empty(), keys.find(vm));
  }

  @Test
  void aKeyIsItsOwnersAlone() throws Exception {
    keys.renew(vm);
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
  }

  @Test
  void whatIsNoKeyIsNone() throws Exception {
    Files.write(file, new byte[31]);
    assertEquals(Optional.empty(), keys.find(vm));
    Files.delete(file);
    Files.createSymbolicLink(file, Files.write(folder.resolve("other"), new byte[32]));
    assertEquals(Optional.empty(), keys.find(vm));
  }
}
