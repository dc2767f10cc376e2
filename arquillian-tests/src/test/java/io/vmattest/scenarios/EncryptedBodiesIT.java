// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server of its own that encrypts, and does not any more, and does again. */
@ExtendWith(ArquillianExtension.class)
class EncryptedBodiesIT {
  private static final String ENCRYPTS = "vmattest.ledger.encrypt=";

  /**
   * A report ends with its signature; most of the rest of it stands in the VM's other reports, too.
   */
  private static final int SIGNATURE = 64;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer server;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  @BeforeAll
  static void prepare() throws IOException {
    assumeTrue(
        Testbed.get().database().equals("h2"),
        "only H2's database is a file in which a body can be looked for");
    server = OwnServer.prepared("bodies");
    guest = Guest.start(Testbed.get(), "bodies");
  }

  @AfterAll
  static void stop() {
    if (guest != null) {
      guest.close();
      server.close();
    }
  }

  @Test
  void aReportIsEncryptedInTheDatabaseAndServedAndCheckedAsTheOthers() throws IOException {
    server.start(ENCRYPTS + "true");
    String secret = attest();
    byte[] secretBytes = report(secret);
    assertNothingIsFound();
    server.stop();

    server.start(ENCRYPTS + "false");
    assertArrayEquals(secretBytes, report(secret));
    byte[] openBytes = report(attest());
    assertNothingIsFound();
    server.stop();

    Path database = server.state().resolve("data/h2/vmattest.mv.db");
    assertTrue(holds(database, openBytes), "what is not encrypted can be found");
    assertFalse(holds(database, secretBytes), "what is encrypted can be found");

    server.start(ENCRYPTS + "true");
    attest();
    assertArrayEquals(secretBytes, report(secret));
    assertNothingIsFound();
  }

  private static String attest() throws IOException {
    return new Vm(server.api("operator"), guest.id()).attest("{}").getString("digest");
  }

  private static byte[] report(String digest) throws IOException {
    Api.Answer answer = server.api("auditor").get("/attestations/" + digest, "application/eat+cwt");
    assertEquals(200, answer.status(), answer::toString);
    assertEquals(digest, parsed(answer.bytes()).digest().hex());
    return answer.bytes();
  }

  private static SignedReport parsed(byte[] bytes) {
    try {
      return SignedReport.parse(bytes);
    } catch (MalformedReportException e) {
      throw new AssertionError("no report", e);
    }
  }

  /** Whether a report's signature is somewhere in a file. */
  private static boolean holds(Path file, byte[] report) throws IOException {
    byte[] signature = Arrays.copyOfRange(report, report.length - SIGNATURE, report.length);
    String all = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    return all.contains(new String(signature, StandardCharsets.ISO_8859_1));
  }

  private static void assertNothingIsFound() throws IOException {
    assertEquals(List.of(), Operations.ledgerFindings(server.api("auditor")));
  }
}
