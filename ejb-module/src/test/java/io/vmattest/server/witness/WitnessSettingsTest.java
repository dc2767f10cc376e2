// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.tlog.NoteKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessSettingsTest {
  @TempDir Path folder;

  private static NoteKey key(String name) throws IOException {
    try (LittleWitness witness = new LittleWitness(name, 1)) {
      return witness.settings().key();
    }
  }

  private List<WitnessSettings> read(String text) throws IOException {
    return WitnessSettings.read(Files.writeString(folder.resolve("witnesses"), text));
  }

  private void assertRefused(String words, String text) {
    IOException refused = assertThrows(IOException.class, () -> read(text));
    assertTrue(String.valueOf(refused.getMessage()).contains(words), refused.getMessage());
  }

  @Test
  void aWitnessIsItsKeyAndItsUrl() throws IOException {
    List<WitnessSettings> read =
        read("# ours\n\n" + key("w.example") + " https://w.example/a/\n" + key("v") + " http://v");
    assertEquals(List.of("w.example", "v"), read.stream().map(w -> w.key().name()).toList());
    assertEquals("https://w.example/a", read.get(0).prefix().toString());
  }

  @Test
  void whatIsNoWitnessIsNamedWithItsLine() throws IOException {
    assertRefused("line 2: a witness is KEY URL", "#\n" + key("w") + "\n");
    assertRefused("line 1", "w+00000000+AAAA https://w\n");
    assertRefused("no http or https URL", key("w") + " file:///etc\n");
    assertRefused("names a witness twice", (key("w") + " https://w\n").repeat(2));
    NoteKey log = NoteKey.ecdsa("log", TestCertificates.p256().getPublic());
    assertRefused("makes no cosignatures", log.vkey() + " https://w\n");
  }
}
