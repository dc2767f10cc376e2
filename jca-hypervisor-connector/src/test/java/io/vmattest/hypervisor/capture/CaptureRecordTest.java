// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jakarta.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureRecordTest {
  @TempDir Path folder;

  @Test
  void isReadAsItWasWritten() throws IOException {
    CaptureRecord record =
        new CaptureRecord(
            7,
            true,
            Map.of("events", false, "xbzrle", true),
            Json.createObjectBuilder().add("downtime-limit", 300).build(),
            Optional.empty());
    record.write(folder.resolve("record"));
    assertEquals(record, CaptureRecord.read(folder.resolve("record")));
    CaptureRecord background =
        new CaptureRecord(
            7,
            true,
            record.capabilities(),
            record.parameters(),
            Optional.of(new ExposedGuest(new QemuProcess(4711, 123456789), Long.MAX_VALUE)));
    background.write(folder.resolve("record"));
    assertEquals(background, CaptureRecord.read(folder.resolve("record")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "{\"run\":1,\"running\":true,\"capabilities\":{}}",
        "{\"run\":1,\"running\":1,\"capabilities\":{},\"parameters\":{}}",
        "{\"run\":1,\"running\":true,\"capabilities\":{\"events\":3},\"parameters\":{}}",
        "{\"run\":1,\"running\":true,\"capabilities\":{},\"parameters\":{\"a\":{}}}",
        "{\"run\":1,\"running\":true,\"capabilities\":{},\"parameters\":{},\"background\":{\"pid\":1}}",
        "{\"run\":1,\"running\":true,\"capabilities\":{},\"parameters\":{},\"background\":1}"
      })
  void whatIsNoRecordIsSaidToBeDamaged(String json) throws IOException {
    Path file = Files.writeString(folder.resolve("record"), json);
    assertThrows(CaptureRecord.DamagedException.class, () -> CaptureRecord.read(file));
  }
}
