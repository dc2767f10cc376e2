// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ServerEventTest {
  @Test
  void itsTextIsFlatJsonInAStableOrder() {
    UUID vm = UUID.fromString("00000000-0000-0000-0000-000000000001");
    ServerEvent event =
        new ServerEvent(
            ServerEvent.Type.VERDICT,
            Instant.EPOCH,
            Optional.of(vm),
            Map.of("verdict", "DISCREPANT", "reason", "a \"quoted\" one"));
    assertEquals(
        "{\"type\":\"VERDICT\",\"at\":\"1970-01-01T00:00:00Z\",\"vm\":\""
            + vm
            + "\","
            + "\"reason\":\"a \\\"quoted\\\" one\",\"verdict\":\"DISCREPANT\"}",
        event.json());
  }
}
