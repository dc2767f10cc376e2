// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.cose.CoseSigner;
import io.vmattest.core.cose.MalformedCoseException;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.ResultKeys;
import java.security.GeneralSecurityException;
import java.security.PublicKey;

/** A manifest in COSE_Sign1 (RFC 9052, 4.2), by a key of the verifier's that signs its results. */
public final class SignedManifest {
  /** The content type in the protected header, which no report and no result has. */
  public static final String CONTENT_TYPE =
      "application/json; profile=\"" + CaseManifest.PROFILE + "\"";

  private static final int MAX_SIZE = 1 << 16;

  private SignedManifest() {}

  /**
   * Signs.
   *
   * @param key the public half of the signer's
   * @throws GeneralSecurityException as the signer does
   */
  public static byte[] sign(CaseManifest manifest, PublicKey key, CoseSigner signer)
      throws GeneralSecurityException {
    CBORObject header =
        CBORObject.NewMap()
            .Add(CoseSign1.ALGORITHM, CoseSign1.ES256)
            .Add(CoseSign1.CONTENT_TYPE, CONTENT_TYPE)
            .Add(CoseSign1.KEY_IDENTIFIER, ResultKeys.identifier(key).bytes());
    return CoseSign1.sign(header.EncodeToBytes(), manifest.encoded(), signer).encoded();
  }

  /**
   * Opens a manifest that one of the keys signed.
   *
   * @throws CaseRejectedException MANIFEST_MALFORMED, MANIFEST_KEY, MANIFEST_SIGNATURE
   */
  public static CaseManifest open(byte[] encoded, ResultKeys keys) throws CaseRejectedException {
    try {
      CoseSign1 message = CoseSign1.parse(encoded, MAX_SIZE);
      message.unprotectedHeader().only();
      PublicKey known =
          keys.find(keyOf(message.protectedHeader()))
              .orElseThrow(
                  () ->
                      rejected(Reason.MANIFEST_KEY, "The manifest names a key that is not known."));
      if (!message.isSignedBy(known)) {
        throw rejected(Reason.MANIFEST_SIGNATURE, "Its key did not sign the manifest.");
      }
      return CaseManifest.parse(message.payload());
    } catch (MalformedCoseException | MalformedCborException e) {
      throw malformed(e);
    }
  }

  /**
   * What a manifest says, whoever signed it.
   *
   * @throws CaseRejectedException MANIFEST_MALFORMED
   */
  public static CaseManifest unverified(byte[] encoded) throws CaseRejectedException {
    try {
      return CaseManifest.parse(CoseSign1.parse(encoded, MAX_SIZE).payload());
    } catch (MalformedCoseException e) {
      throw malformed(e);
    }
  }

  private static CaseRejectedException malformed(Exception e) {
    return new CaseRejectedException(
        Reason.MANIFEST_MALFORMED,
        CaseBundle.MANIFEST,
        "This is no signed manifest: " + e.getMessage(),
        e);
  }

  private static Digest keyOf(CborMap header) throws MalformedCborException {
    header.only(CoseSign1.ALGORITHM, CoseSign1.CONTENT_TYPE, CoseSign1.KEY_IDENTIFIER);
    if (!header.get(CoseSign1.CONTENT_TYPE).text(1, 255).equals(CONTENT_TYPE)) {
      throw header.get(CoseSign1.CONTENT_TYPE).malformed("is not " + CONTENT_TYPE);
    }
    return Digest.of(header.get(CoseSign1.KEY_IDENTIFIER).bytes(Digest.SIZE, Digest.SIZE));
  }

  private static CaseRejectedException rejected(Reason reason, String message) {
    return new CaseRejectedException(reason, CaseBundle.MANIFEST, message);
  }
}
