// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jakarta.jms.Destination;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import java.io.IOException;
import java.util.function.Function;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(ArquillianExtension.class)
class AccessIT {
  private static final String NOBODY = "00000000-0000-4000-8000-000000000000";

  private final Testbed testbed = Testbed.get();

  @Test
  void withoutCertificateThereIsNoConnection() throws IOException {
    // The alert may be outrun by the connection's end, so its text is not looked at.
    assertThrows(IOException.class, () -> Api.withoutCertificate(testbed).get("/vms"));
    assertEquals(200, Api.as(testbed, "viewer").get("/vms").status(), "with one there is");
  }

  @ParameterizedTest
  @CsvSource({
    "viewer,   /vms/%s/attestations",
    "viewer,   /vms/%s/verifications",
    "viewer,   /vms/%s/rollbacks",
    "auditor,  /vms/%s/attestations",
    "auditor,  /vms/%s/rollbacks",
    "siem,     /vms/%s/attestations"
  })
  void actsAreForOperatorsAlone(String role, String path) throws IOException {
    assertEquals(
        403, Api.as(testbed, role).post(path.formatted(NOBODY), "{}").status(), role + path);
  }

  @ParameterizedTest
  @CsvSource({"viewer, /ledger/entries", "operator, /ledger/entries", "siem, /vms"})
  void readingIsForThoseWhoMayRead(String role, String path) throws IOException {
    assertEquals(403, Api.as(testbed, role).get(path).status(), role + path);
  }

  @ParameterizedTest
  @CsvSource({"operator, /vms/%s/policy", "operator, /vms/%s/baseline", "auditor, /vms/%s/policy"})
  void decidingIsForAdministratorsAlone(String role, String path) throws IOException {
    assertEquals(
        403, Api.as(testbed, role).put(path.formatted(NOBODY), "{}").status(), role + path);
  }

  @Test
  void wrongRoleIsToldAsAProblem() throws IOException {
    Vm.refused(403, "NOT_ALLOWED", Api.as(testbed, "viewer").get("/ledger/entries"));
  }

  @Test
  void eventListenerMayNotTouchTheReports() throws IOException {
    try (JMSContext context = EventTap.connect(testbed)) {
      assertThrows(
          JMSRuntimeException.class,
          () -> {
            try (JMSConsumer consumer =
                context.createConsumer(context.createQueue("jms.queue.vmattest.reports"))) {
              consumer.receiveNoWait();
            }
          });
    }
  }

  @Test
  void eventListenerMayForgeNothing() throws IOException {
    assertCannotSend(context -> context.createTopic("jms.topic.vmattest.events"));
    assertCannotSend(context -> context.createQueue("jms.queue.vmattest.reports"));
  }

  private void assertCannotSend(Function<JMSContext, Destination> destination) throws IOException {
    try (JMSContext context = EventTap.connect(testbed)) {
      assertThrows(
          JMSRuntimeException.class,
          () -> context.createProducer().send(destination.apply(context), "forged"));
    }
  }
}
