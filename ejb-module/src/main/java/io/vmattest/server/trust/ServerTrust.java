// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.trust;

import io.vmattest.core.cose.CoseSigner;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.verification.KnownKeys;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.trust.TrustFiles.KeyAndChain;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whom the server believes. System properties name the files: {@code vmattest.endorsement.roots}
 * (PEM: roots and intermediates of the TPM makers), {@code vmattest.enroller.keystore} (PKCS#12,
 * P-256) and {@code vmattest.enroller.password.file}. They are read once, when first needed.
 */
@ApplicationScoped
public class ServerTrust {
  /** Hosts that one server takes reports of; more only cost time. */
  private static final int MOST_KEYS = 4096;

  private @Nullable TrustAnchors anchors;
  private @Nullable KnownKeys knownKeys;
  private @Nullable KeyAndChain enroller;

  /**
   * Endorsement roots, and this server's own enroller as the only one.
   *
   * @throws ServiceException with ENROLMENT_REFUSED if the files cannot be read
   */
  public synchronized TrustAnchors anchors() {
    if (anchors == null) {
      Path file = path("vmattest.endorsement.roots");
      try {
        TrustAnchors read = TrustAnchors.ofPem(TrustFiles.text(file), "");
        anchors =
            new TrustAnchors(
                read.endorsementRoots(), read.intermediates(), List.of(enrollerCertificate()));
      } catch (IOException | KeyEvidenceException e) {
        throw unreadable(file, e);
      }
    }
    return anchors;
  }

  /** The keys of hosts whose reports came already, by {@link #anchors}. */
  public synchronized KnownKeys knownKeys() {
    if (knownKeys == null) {
      knownKeys = new KnownKeys(anchors(), MOST_KEYS);
    }
    return knownKeys;
  }

  public X509Certificate enrollerCertificate() {
    return enroller().chain().get(0);
  }

  /** Signs enrolments, and is for nothing else. */
  public CoseSigner enrollerSigner() {
    return message -> {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(enroller().key());
      signature.update(message);
      return signature.sign();
    };
  }

  private synchronized KeyAndChain enroller() {
    if (enroller == null) {
      Path keystore = path("vmattest.enroller.keystore");
      try {
        enroller = TrustFiles.key(keystore, path("vmattest.enroller.password.file"));
      } catch (IOException | GeneralSecurityException e) {
        throw unreadable(keystore, e);
      }
    }
    return enroller;
  }

  private static Path path(String property) {
    return Optional.ofNullable(System.getProperty(property))
        .map(Path::of)
        .orElseThrow(
            () ->
                new ServiceException(
                    Problem.ENROLMENT_REFUSED, "system property " + property + " is not set"));
  }

  private static ServiceException unreadable(Path file, Exception e) {
    return new ServiceException(
        Problem.ENROLMENT_REFUSED, file + " cannot be read: " + e.getMessage(), e);
  }
}
