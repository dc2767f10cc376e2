// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class WitnessFormatsTest {
  /** The example of the specification. */
  private static final String REQUEST =
      """
      old 20852014
      PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
      jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
      5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
      /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      \u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
      """;

  private static void assertMalformed(String request) {
    assertThrows(
        MalformedTlogException.class, () -> AddCheckpointRequest.parse(request.getBytes(UTF_8)));
  }

  @Test
  void aRequestIsThatOfTheSpecification() throws Exception {
    AddCheckpointRequest request = AddCheckpointRequest.parse(REQUEST.getBytes(UTF_8));
    assertEquals(20852014, request.oldSize());
    assertEquals(4, request.proof().size());
    assertEquals(20852163, Checkpoint.parse(request.checkpoint().text()).size());
    assertArrayEquals(REQUEST.getBytes(UTF_8), request.encoded());
  }

  @Test
  void aFirstRequestHasNoProof() throws Exception {
    SignedNote note = AddCheckpointRequest.parse(REQUEST.getBytes(UTF_8)).checkpoint();
    byte[] encoded = new AddCheckpointRequest(0, List.of(), note).encoded();
    assertEquals(0, AddCheckpointRequest.parse(encoded).oldSize());
  }

  @Test
  void whatIsNoRequestIsRefused() {
    assertMalformed(REQUEST.replace("old 2", "old 02"));
    assertMalformed(REQUEST.replace("old ", "new "));
    assertMalformed(REQUEST.replace("PlRN", "Pl"));
    assertMalformed(REQUEST.substring(0, REQUEST.indexOf("\n\n") + 2));
    String sixty = ("A".repeat(43) + "=\n").repeat(60);
    assertMalformed(REQUEST.replaceFirst("\n", "\n" + sixty));
    List<Digest> tooMany = Collections.nCopies(64, Digest.sha256());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new AddCheckpointRequest(
                1, tooMany, AddCheckpointRequest.parse(REQUEST.getBytes(UTF_8)).checkpoint()));
  }

  @Test
  void aSizeIsADecimalWithANewline() throws Exception {
    assertEquals(20852014, WitnessAnswers.size("20852014\n".getBytes(UTF_8)));
    for (String other : List.of("", "1", "\n", "01\n", "-1\n", "1\n\n", "9".repeat(40) + "\n")) {
      assertThrows(
          MalformedTlogException.class, () -> WitnessAnswers.size(other.getBytes(UTF_8)), other);
    }
  }
}
