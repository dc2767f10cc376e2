// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.verification.ReportVerification.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The memory that a manifest lists is compared, with the list and with the report. */
class CaseMemoryTest {
  private final MadeCase made = new MadeCase();

  @Test
  void memoryThatIsListedIsWantedAndCompared() throws Exception {
    CaseCore core = core(MadeCore.bytes());
    CaseBundle bundle = made.bundleWith(core.file());
    assertEquals(Outcome.UNDECIDED, CaseVerifier.verify(bundle, made.trust()).outcome());
    assertEquals(Outcome.VERIFIED, CaseVerifier.verify(bundle, holding(core)).outcome());
    assertEquals(
        Optional.of(Reason.FILE_DIGEST), reason(bundle, core(MadeCase.flipped(MadeCore.bytes()))));
    assertEquals(Optional.of(Reason.FILE_SIZE), reason(bundle, core(new byte[3])));
  }

  @Test
  void memoryThatTheReportDoesNotAttestIsRefusedWhoeverListedIt() throws Exception {
    byte[] other = MadeCore.bytes();
    other[MadeCore.MEMORY + 5000] ^= 1;
    for (byte[] bytes : List.of(other, new byte[0], "no core".getBytes(UTF_8))) {
      CaseCore core = core(bytes);
      assertEquals(Optional.of(Reason.MEMORY_FALSE), reason(made.bundleWith(core.file()), core));
    }
  }

  @Test
  void memoryThatIsThereAndNotListedIsRefused() throws Exception {
    assertEquals(Optional.of(Reason.FILE_UNLISTED), reason(made.bundle(), core(MadeCore.bytes())));
  }

  @Test
  void aFailedRollbackWithoutASuspectHasNoMemory() throws Exception {
    made.failedEarly();
    List.of(CasePart.SUSPECT, CasePart.RESTORED, CasePart.VERDICT).forEach(made.bodies::remove);
    CaseWriter writer = made.writer().listCore(core(MadeCore.bytes()).file());
    assertEquals(
        Optional.of(Reason.PART_INCOMPLETE),
        reason(made.sign(writer, "ROLLBACK_FAILED"), made.trust()));
  }

  private static CaseCore core(byte[] bytes) throws IOException {
    return CaseCore.read(new ByteArrayInputStream(bytes));
  }

  private Optional<Reason> reason(CaseBundle bundle, CaseCore core) {
    return reason(bundle, holding(core));
  }

  private static Optional<Reason> reason(CaseBundle bundle, CaseTrust trust) {
    return CaseVerifier.verify(bundle, trust).failure().map(CaseClaim.Fails::reason);
  }

  private CaseTrust holding(CaseCore core) {
    CaseTrust trust = made.trust();
    return new CaseTrust(
        trust.results(), trust.log(), trust.anchors(), trust.at(), Optional.of(core));
  }
}
