// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.enrolment;

import io.vmattest.core.evidence.CredentialChallenge;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.evidence.TpmKeyEvidenceVerifier;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.trust.ServerTrust;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Sees to it that the host's key is enrolled: its evidence chains to an endorsement root, and its
 * TPM answered a credential challenge.
 */
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class EnrolmentService {
  @Inject HostGateway host;
  @Inject ServerTrust trust;
  @Inject EnrolmentStore store;
  @Inject Clock clock;

  private final Object challenging = new Object();

  /**
   * The enrolment of the key that the host signs with now, made if need be.
   *
   * @throws ServiceException with TEE_UNAVAILABLE or ENROLMENT_REFUSED
   */
  public KeyEnrolment current() {
    KeyEvidence evidence = parse(host.call(HypervisorConnection::keyEvidence));
    synchronized (challenging) {
      Optional<byte[]> known = store.find(evidence.digest()).filter(e -> holds(e, evidence));
      return new KeyEnrolment(evidence, known.orElseGet(() -> enrol(evidence)));
    }
  }

  private byte[] enrol(KeyEvidence evidence) {
    Instant now = clock.instant();
    try {
      TpmKeyEvidenceVerifier.verify(evidence, trust.anchors(), now);
      challenge(evidence);
      byte[] enrolment =
          Enrolment.issue(evidence, now, trust.enrollerCertificate(), trust.enrollerSigner());
      store.record(evidence, enrolment, now);
      return enrolment;
    } catch (KeyEvidenceException e) {
      throw refused("the host's key evidence does not hold: " + e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw refused("the enrolment could not be signed: " + e.getMessage(), e);
    }
  }

  private void challenge(KeyEvidence evidence) throws KeyEvidenceException {
    CredentialChallenge challenge =
        CredentialChallenge.make(evidence.endorsementKey(), evidence.attestationKeyName());
    byte[] answer =
        host.call(c -> c.activateCredential(challenge.credential(), challenge.encryptedSecret()));
    if (!challenge.isAnsweredBy(answer)) {
      throw new ServiceException(
          Problem.ENROLMENT_REFUSED, "the TPM did not answer the credential challenge");
    }
  }

  private boolean holds(byte[] enrolment, KeyEvidence evidence) {
    TrustAnchors anchors = trust.anchors();
    try {
      Enrolment.parse(enrolment).verify(evidence, anchors, clock.instant());
      return true;
    } catch (KeyEvidenceException e) {
      return false;
    }
  }

  private static KeyEvidence parse(byte[] encoded) {
    try {
      return KeyEvidence.parse(encoded);
    } catch (KeyEvidenceException e) {
      throw refused("the host's key evidence is malformed: " + e.getMessage(), e);
    }
  }

  private static ServiceException refused(String message, Exception cause) {
    return new ServiceException(Problem.ENROLMENT_REFUSED, message, cause);
  }
}
