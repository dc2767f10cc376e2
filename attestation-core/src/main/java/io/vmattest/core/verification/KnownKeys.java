// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.evidence.TpmKeyEvidenceVerifier;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.evidence.Validity;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Verifies reports as {@link ReportVerifier} does, and faster where a report brings key evidence
 * and an enrolment that were verified before: what they say of the key does not change while their
 * certificates are valid. Of such a report, only its own signature and digests are verified.
 * Thread-safe.
 */
public final class KnownKeys {
  private final TrustAnchors anchors;
  private final Map<Digest, Known> keys;

  /** Evidence and enrolment, encoded, that were verified, and what of them is needed again. */
  private record Known(byte[] evidence, byte[] enrolment, PublicKey key, Validity validity) {
    boolean isOf(byte[] otherEvidence, byte[] otherEnrolment) {
      return Arrays.equals(evidence, otherEvidence) && Arrays.equals(enrolment, otherEnrolment);
    }
  }

  /**
   * @param capacity keys that are remembered at most: those used last
   */
  public KnownKeys(TrustAnchors anchors, int capacity) {
    this.anchors = anchors;
    this.keys =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Digest, Known> eldest) {
            return size() > capacity;
          }
        };
  }

  /**
   * @param at the instant at which certificates must be valid
   * @throws ReportNotVerifiedException unless {@link ReportVerifier} would say VERIFIED
   */
  public void verifyOrThrow(SignedReport report, Instant at) throws ReportNotVerifiedException {
    if (!holds(report, at)) {
      // It says what does not hold.
      ReportVerifier.verifyOrThrow(report, anchors, Optional.empty(), at);
    }
  }

  private boolean holds(SignedReport report, Instant at) {
    return isSigned(report, at) && addsUp(report);
  }

  /**
   * Whether a key signed the report whose evidence and enrolment stand; of the report's digests it
   * says nothing.
   *
   * @param at the instant at which certificates must be valid
   */
  public boolean isSigned(SignedReport report, Instant at) {
    Optional<PublicKey> key = key(report, at);
    return key.isPresent() && report.isSignedBy(key.get());
  }

  private static boolean addsUp(SignedReport report) {
    try {
      StateRoots.require(report.report());
      return true;
    } catch (StateRootException e) {
      return false;
    }
  }

  private Optional<PublicKey> key(SignedReport report, Instant at) {
    Optional<byte[]> evidence = report.keyEvidence();
    Optional<byte[]> enrolment = report.enrolment();
    if (evidence.isEmpty() || enrolment.isEmpty()) {
      return Optional.empty();
    }
    Digest named = report.report().keyEvidence();
    return find(named, evidence.get(), enrolment.get())
        .or(() -> learn(named, evidence.get(), enrolment.get(), at))
        .filter(known -> known.validity().contains(at))
        .map(Known::key);
  }

  private Optional<Known> find(Digest named, byte[] evidence, byte[] enrolment) {
    synchronized (keys) {
      return Optional.ofNullable(keys.get(named)).filter(known -> known.isOf(evidence, enrolment));
    }
  }

  private Optional<Known> learn(Digest named, byte[] encoded, byte[] statement, Instant at) {
    try {
      KeyEvidence evidence = KeyEvidence.parse(encoded);
      Enrolment enrolment = Enrolment.parse(statement);
      Validity validity = TpmKeyEvidenceVerifier.verify(evidence, anchors, at);
      enrolment.verify(evidence, anchors, at);
      if (!evidence.digest().equals(named)) {
        return Optional.empty();
      }
      PublicKey key = Es256.prepared(evidence.signingPublicKey());
      Known known = new Known(encoded, statement, key, validity.and(enrolment.validity()));
      synchronized (keys) {
        keys.put(named, known);
      }
      return Optional.of(known);
    } catch (KeyEvidenceException e) {
      return Optional.empty();
    }
  }
}
