// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.AppraisedState;
import io.vmattest.core.appraisal.Appraiser;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import io.vmattest.core.verification.KnownKeys;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * How many reports a second one thread appraises, beside bare verifications of ECDSA signatures
 * over as many bytes, by the same provider. An appraisal is of a report that was read: its
 * signature, by a key whose evidence was verified before, and the comparison with a Baseline by the
 * default policy. The whole is that from the bytes on, with the digests that a report must add up
 * to. All take turns, so that they see the same machine.
 *
 * <p>Prints a name and a figure a line.
 */
public final class AppraisalRates {
  private static final int ROUNDS = 20;
  private static final int WARM_UP = 6;
  private static final long ROUND_NANOS = 500_000_000L;
  private static final int AT_ONCE = 20;

  private AppraisalRates() {}

  @FunctionalInterface
  private interface Work {
    boolean holds() throws Exception;
  }

  /** Work, and how often it was done in how long. */
  private static final class Rate {
    private final Work work;
    private long done;
    private long nanos;

    Rate(Work work) {
      this.work = work;
    }

    void round(boolean counts) throws Exception {
      long began = System.nanoTime();
      long times = 0;
      while (System.nanoTime() - began < ROUND_NANOS) {
        for (int i = 0; i < AT_ONCE; i++) {
          if (!work.holds()) {
            throw new IllegalStateException("what is measured does not hold");
          }
        }
        times += AT_ONCE;
      }
      if (counts) {
        done += times;
        nanos += System.nanoTime() - began;
      }
    }

    String perSecond() {
      return String.format(Locale.ROOT, "%.1f", done / (nanos / 1e9));
    }
  }

  public static void main(String[] args) throws Exception {
    Identity enroller = TestCertificates.selfSigned("Enroller");
    MadeReports maker = new MadeReports(enroller.key().getPrivate(), enroller.certificate());
    UUID vm = UUID.randomUUID();
    SignedReport baseline = maker.report(vm, 1, Optional.empty());
    byte[] encoded = maker.report(vm, 2, Optional.of(baseline.digest())).encoded();
    KnownKeys keys =
        new KnownKeys(
            new TrustAnchors(List.of(maker.root()), List.of(), List.of(enroller.certificate())),
            16);
    AppraisedState before = state(baseline, vm);
    Instant now = Instant.now();

    Rate raw = new Rate(rawVerification(encoded.length));
    SignedReport read = SignedReport.parse(encoded);
    Rate reading = new Rate(() -> SignedReport.parse(encoded).report().sequence() == 2);
    Rate appraisal = new Rate(() -> keys.isSigned(read, now) && holds(before, state(read, vm)));
    Rate whole =
        new Rate(
            () -> {
              SignedReport report = SignedReport.parse(encoded);
              keys.verifyOrThrow(report, now);
              return holds(before, state(report, vm));
            });
    for (int i = 0; i < ROUNDS; i++) {
      for (Rate rate : List.of(raw, reading, appraisal, whole)) {
        rate.round(i >= WARM_UP);
      }
    }
    System.out.println("provider " + Es256.provider());
    System.out.println("bytes " + encoded.length);
    System.out.println("raw " + raw.perSecond());
    System.out.println("reading " + reading.perSecond());
    System.out.println("appraisal " + appraisal.perSecond());
    System.out.println("whole " + whole.perSecond());
  }

  private static boolean holds(AppraisedState before, AppraisedState now) {
    return Appraiser.appraise(before, now, AppraisalPolicy.DEFAULT, Optional.empty())
        .discrepancies()
        .isEmpty();
  }

  private static AppraisedState state(SignedReport report, UUID vm) {
    return new AppraisedState(
        report.report(), Optional.of(MadeReports.config(vm)), Optional.empty());
  }

  private static Work rawVerification(int bytes) throws Exception {
    KeyPair pair = TestCertificates.p256();
    byte[] message = new byte[bytes];
    byte[] signature = Es256.signer(pair.getPrivate()).sign(message);
    var key = Es256.prepared(pair.getPublic());
    return () -> Es256.verify(key, message, signature);
  }
}
