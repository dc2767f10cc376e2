// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.cose.CoseSigner;
import io.vmattest.core.cose.MalformedCoseException;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.ResultRejectedException.Reason;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.UUID;

/** A signed result: {@code signed-result} of docs/result-format.cddl. Immutable, not verified. */
public final class SignedResult {
  /** No result is larger, in bytes. */
  public static final int MAX_SIZE = 1 << 20;

  /** Media type of results (draft-ietf-rats-ear, 5; RFC 9782). No report has it. */
  public static final String MEDIA_TYPE =
      "application/eat+cwt; eat_profile=\"" + AttestationResult.PROFILE + "\"";

  private static final int MAX_HEADER_TEXT = 255;

  private final CoseSign1 message;
  private final Digest key;
  private final AttestationResult result;

  private SignedResult(CoseSign1 message, Digest key, AttestationResult result) {
    this.message = message;
    this.key = key;
    this.result = result;
  }

  /**
   * Signs a result. What it names too much of is left out, see {@link VmResult#discrepancies}.
   *
   * @param key the public half of the signer's
   * @throws GeneralSecurityException as the signer does
   */
  public static SignedResult sign(AttestationResult result, PublicKey key, CoseSigner signer)
      throws GeneralSecurityException {
    CBORObject header =
        CBORObject.NewMap()
            .Add(CoseSign1.ALGORITHM, CoseSign1.ES256)
            .Add(CoseSign1.CONTENT_TYPE, MEDIA_TYPE)
            .Add(CoseSign1.KEY_IDENTIFIER, ResultKeys.identifier(key).bytes());
    CoseSign1 message =
        CoseSign1.sign(header.EncodeToBytes(), ResultEncoder.encode(result), signer);
    try {
      return parse(message.encoded());
    } catch (MalformedResultException e) {
      throw new IllegalArgumentException("no result that can be read again", e);
    }
  }

  public static SignedResult parse(byte[] encoded) throws MalformedResultException {
    try {
      CoseSign1 message = CoseSign1.parse(encoded, MAX_SIZE);
      message.unprotectedHeader().only();
      Digest key = readProtectedHeader(message.protectedHeader());
      return new SignedResult(message, key, ResultDecoder.decode(message.payload()));
    } catch (MalformedCoseException | MalformedCborException e) {
      throw new MalformedResultException("This is not a result: " + e.getMessage(), e);
    }
  }

  private static Digest readProtectedHeader(CborMap header) throws MalformedCborException {
    header.only(CoseSign1.ALGORITHM, CoseSign1.CONTENT_TYPE, CoseSign1.KEY_IDENTIFIER);
    if (header.get(CoseSign1.ALGORITHM).integer() != CoseSign1.ES256) {
      throw header.get(CoseSign1.ALGORITHM).malformed("is not ES256");
    }
    if (!header.get(CoseSign1.CONTENT_TYPE).text(1, MAX_HEADER_TEXT).equals(MEDIA_TYPE)) {
      throw header.get(CoseSign1.CONTENT_TYPE).malformed("is not " + MEDIA_TYPE);
    }
    return Digest.of(header.get(CoseSign1.KEY_IDENTIFIER).bytes(Digest.SIZE, Digest.SIZE));
  }

  /**
   * Checks that one of a verifier's keys signed it, and that it does not contradict itself.
   *
   * @throws ResultRejectedException UNKNOWN_KEY, SIGNATURE or INCONSISTENT
   */
  public void verify(ResultKeys keys) throws ResultRejectedException {
    PublicKey known =
        keys.find(key)
            .orElseThrow(
                () ->
                    new ResultRejectedException(
                        Reason.UNKNOWN_KEY, "It names key " + key.hex() + ", which is not known."));
    require(message.isSignedBy(known), Reason.SIGNATURE, "Its key did not sign it.");
    require(
        result.isConsistent(),
        Reason.INCONSISTENT,
        "Its status, trustworthiness vector and verdict contradict each other.");
  }

  /**
   * The same, and that it is about a VM.
   *
   * @throws ResultRejectedException also with OTHER_VM
   */
  public void verify(ResultKeys keys, UUID vm) throws ResultRejectedException {
    verify(keys);
    require(
        result.vm().vm().equals(vm),
        Reason.OTHER_VM,
        "It is about virtual machine " + result.vm().vm() + ".");
  }

  private static void require(boolean holds, Reason reason, String otherwise)
      throws ResultRejectedException {
    if (!holds) {
      throw new ResultRejectedException(reason, otherwise);
    }
  }

  /** What it says, believed or not. */
  public AttestationResult result() {
    return result;
  }

  /** The identifier of the key that it names, see {@link ResultKeys#identifier}. */
  public Digest key() {
    return key;
  }

  /** SHA-256 of its bytes. */
  public Digest digest() {
    return Digest.sha256(encoded());
  }

  public byte[] encoded() {
    return message.encoded();
  }
}
