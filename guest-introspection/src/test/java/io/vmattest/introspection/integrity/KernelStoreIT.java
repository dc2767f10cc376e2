// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.testing.KernelPackages;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelStoreIT {
  @TempDir Path folder;

  @Test
  void aKernelAloneGivesTheSameReferenceValuesAsItsPackageButForModules() throws Exception {
    Path deb = KernelPackages.all().get(0);
    try (KernelStore whole = store(deb, "deb");
        KernelStore alone = store(KernelPackages.vmlinuz(deb, folder), "vmlinuz")) {
      KernelReference expected = whole.reference();
      KernelReference reference = alone.reference();
      assertEquals(expected.buildId(), reference.buildId());
      assertEquals(expected.release(), reference.release());
      assertEquals(expected.textDigest(), reference.textDigest());
      assertEquals(expected.rodataDigest(), reference.rodataDigest());
      assertTrue(whole.hasModules());
      assertFalse(alone.hasModules());
    }
  }

  private KernelStore store(Path source, String name) throws Exception {
    Path file = folder.resolve(name + ".store");
    try (InputStream stream = Files.newInputStream(source)) {
      KernelStore.write(stream, file);
    }
    return KernelStore.open(file);
  }
}
