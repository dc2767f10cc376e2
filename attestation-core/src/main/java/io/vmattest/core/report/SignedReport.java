// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.cose.MalformedCoseException;
import java.security.PublicKey;
import java.util.Optional;

/** A signed report: {@code signed-report} of docs/report-format.cddl. Immutable, not verified. */
public final class SignedReport {
  /** No report is larger, in bytes. */
  public static final int MAX_SIZE = 1 << 20;

  /** Media type of reports (RFC 9711, 10.3). */
  public static final String MEDIA_TYPE = "application/eat+cwt";

  private static final long KEY_EVIDENCE = -70010;
  private static final long ENROLMENT = -70011;

  private final CoseSign1 message;
  private final AttestationReport report;
  private final Digest digest;
  private final Optional<byte[]> keyEvidence;
  private final Optional<byte[]> enrolment;

  private SignedReport(
      CoseSign1 message,
      AttestationReport report,
      Optional<byte[]> keyEvidence,
      Optional<byte[]> enrolment) {
    this.message = message;
    this.report = report;
    this.digest = Digest.sha256(message.bare().encoded());
    this.keyEvidence = keyEvidence;
    this.enrolment = enrolment;
  }

  public static SignedReport parse(byte[] encoded) throws MalformedReportException {
    try {
      CoseSign1 message = CoseSign1.parse(encoded, MAX_SIZE);
      Digest keyIdentifier = readProtectedHeader(message.protectedHeader());
      CborMap unprotected = message.unprotectedHeader().only(KEY_EVIDENCE, ENROLMENT);
      return new SignedReport(
          message,
          ReportDecoder.decode(message.payload(), keyIdentifier),
          readBytes(unprotected, KEY_EVIDENCE),
          readBytes(unprotected, ENROLMENT));
    } catch (MalformedCoseException | MalformedCborException e) {
      throw new MalformedReportException("This is not a report: " + e.getMessage(), e);
    }
  }

  private static Digest readProtectedHeader(CborMap header) throws MalformedCborException {
    header.only(CoseSign1.ALGORITHM, CoseSign1.CONTENT_TYPE, CoseSign1.KEY_IDENTIFIER);
    if (header.get(CoseSign1.ALGORITHM).integer() != CoseSign1.ES256) {
      throw header.get(CoseSign1.ALGORITHM).malformed("is not ES256");
    }
    if (!header.get(CoseSign1.CONTENT_TYPE).text(1, 255).equals(MEDIA_TYPE)) {
      throw header.get(CoseSign1.CONTENT_TYPE).malformed("is not " + MEDIA_TYPE);
    }
    return Digest.of(header.get(CoseSign1.KEY_IDENTIFIER).bytes(Digest.SIZE, Digest.SIZE));
  }

  private static Optional<byte[]> readBytes(CborMap header, long label)
      throws MalformedCborException {
    var item = header.find(label);
    return item.isPresent() ? Optional.of(item.get().bytes(1, MAX_SIZE)) : Optional.empty();
  }

  public AttestationReport report() {
    return report;
  }

  /** SHA-256 over the tagged COSE_Sign1 with an empty unprotected header: the report's identity. */
  public Digest digest() {
    return digest;
  }

  /** KeyEvidence, encoded, where the report carries it. */
  public Optional<byte[]> keyEvidence() {
    return keyEvidence.map(byte[]::clone);
  }

  /** Enrolment, encoded, where the report carries it. */
  public Optional<byte[]> enrolment() {
    return enrolment.map(byte[]::clone);
  }

  /** The same report, carrying this enrolment; its digest is the same. */
  public SignedReport withEnrolment(byte[] bytes) {
    return new SignedReport(
        message.withUnprotected(ENROLMENT, bytes), report, keyEvidence, Optional.of(bytes.clone()));
  }

  /** Whether this key signed it; of the key's own standing it says nothing. */
  public boolean isSignedBy(PublicKey key) {
    return message.isSignedBy(key);
  }

  public byte[] encoded() {
    return message.encoded();
  }
}
