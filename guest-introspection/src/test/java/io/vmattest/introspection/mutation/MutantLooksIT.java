// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.integrity.KernelStore;
import io.vmattest.introspection.testing.QemuGuest;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Some of what {@code bin/fuzz introspection} does, in a process of its own as there. */
class MutantLooksIT {
  private static final int MUTANTS = 66;

  /** More than any machine needs. */
  private static final int SECONDS = 3600;

  private static final String HEAP = "-Xmx256m";

  /** How long a look takes depends on what else the machine does. */
  private static final String NO_LIMIT = "0";

  @TempDir Path folder;

  @BeforeAll
  static void needsAGuest() throws Exception {
    QemuGuest.require();
  }

  @Test
  void lookingAtAMutantOfAGuestEndsWithoutAThrowAndWithLittleMemory() throws Exception {
    Path deb = KernelPackages.all().get(0);
    Path store = folder.resolve("store");
    try (InputStream stream = Files.newInputStream(deb)) {
      KernelStore.write(stream, store);
    }
    Path vmlinuz = KernelPackages.vmlinuz(deb, folder);
    Path core;
    try (QemuGuest guest = QemuGuest.start(folder, vmlinuz, "qemu64", "")) {
      guest.stop();
      core = guest.dump();
    }
    String output = looks(core, store);
    System.out.println(output);
    assertTrue(output.lines().anyMatch(line -> line.startsWith(MUTANTS + " looks: ")), output);
  }

  private static String looks(Path core, Path store) throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            HEAP,
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            MutantLooks.class.getName(),
            core.toString(),
            store.toString(),
            "0",
            String.valueOf(MUTANTS),
            String.valueOf(SECONDS),
            NO_LIMIT);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
