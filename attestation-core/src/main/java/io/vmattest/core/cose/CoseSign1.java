// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cose;

import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.CborWriter;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cbor.StrictCbor;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.List;

/**
 * A tagged COSE_Sign1 message (RFC 9052, 4.2) with ES256 (RFC 9053, 2.1) and an attached payload.
 * Immutable; parsing it verifies nothing.
 */
public final class CoseSign1 {
  public static final int TAG = 18;
  public static final int SIGNATURE_SIZE = 64;

  /** Header labels (RFC 9052, 3.1; RFC 9360, 2). */
  public static final long ALGORITHM = 1;

  public static final long CONTENT_TYPE = 3;
  public static final long KEY_IDENTIFIER = 4;
  public static final long X5CHAIN = 33;

  /** Algorithm identifier of ECDSA on P-256 with SHA-256. */
  public static final long ES256 = -7;

  private static final String CONTEXT = "Signature1";
  private static final byte[] EMPTY_MAP = {(byte) 0xa0};
  private static final byte[] NO_BYTES = {};

  /** More than the heads of the parts take. */
  private static final int HEADS = 64;

  private final byte[] protectedHeader;

  /** Encoded map. */
  private final byte[] unprotected;

  private final byte[] payload;
  private final byte[] signature;

  private CoseSign1(byte[] protectedHeader, byte[] unprotected, byte[] payload, byte[] signature) {
    this.protectedHeader = protectedHeader;
    this.unprotected = unprotected;
    this.payload = payload;
    this.signature = signature;
  }

  /**
   * @param maxSize bytes
   */
  public static CoseSign1 parse(byte[] encoded, int maxSize) throws MalformedCoseException {
    try {
      List<CborItem> parts =
          StrictCbor.decode(encoded, "COSE_Sign1", maxSize).tagged(TAG).array(4, 4);
      CborItem header = parts.get(1);
      header.map();
      return new CoseSign1(
          parts.get(0).bytes(0, maxSize),
          header.encoded(),
          parts.get(2).bytes(0, maxSize),
          parts.get(3).bytes(SIGNATURE_SIZE, SIGNATURE_SIZE));
    } catch (MalformedCborException e) {
      throw new MalformedCoseException(e);
    }
  }

  /**
   * Signs with an empty unprotected header.
   *
   * @param protectedHeader encoded map
   * @throws GeneralSecurityException as the signer does, or if what it gave is no signature
   */
  public static CoseSign1 sign(byte[] protectedHeader, byte[] payload, CoseSigner signer)
      throws GeneralSecurityException {
    byte[] signature = signer.sign(signatureInput(protectedHeader, payload));
    if (signature.length != SIGNATURE_SIZE) {
      throw new GeneralSecurityException(
          "an ES256 signature has " + SIGNATURE_SIZE + " bytes, not " + signature.length);
    }
    return new CoseSign1(protectedHeader.clone(), EMPTY_MAP, payload.clone(), signature.clone());
  }

  /** The protected header's entries. */
  public CborMap protectedHeader() throws MalformedCoseException {
    try {
      return StrictCbor.decode(protectedHeader, "protected header", protectedHeader.length).map();
    } catch (MalformedCborException e) {
      throw new MalformedCoseException(e);
    }
  }

  /** The unprotected header's entries, which nothing vouches for. */
  public CborMap unprotectedHeader() throws MalformedCoseException {
    try {
      return StrictCbor.decode(unprotected, "unprotected header", unprotected.length).map();
    } catch (MalformedCborException e) {
      throw new MalformedCoseException(e);
    }
  }

  public byte[] payload() {
    return payload.clone();
  }

  public byte[] signature() {
    return signature.clone();
  }

  /** The same message with a byte string set in the unprotected header. */
  public CoseSign1 withUnprotected(long label, byte[] value) {
    try {
      byte[] header = unprotectedHeader().with(label, value);
      return new CoseSign1(protectedHeader, header, payload, signature);
    } catch (MalformedCoseException e) {
      throw new IllegalStateException("it was read once before", e);
    }
  }

  /** The same message with an empty unprotected header. */
  public CoseSign1 bare() {
    return new CoseSign1(protectedHeader, EMPTY_MAP, payload, signature);
  }

  public byte[] encoded() {
    int size = protectedHeader.length + unprotected.length + payload.length + SIGNATURE_SIZE;
    return new CborWriter(size + HEADS)
        .tag(TAG)
        .array(4)
        .bytes(protectedHeader)
        .encoded(unprotected)
        .bytes(payload)
        .bytes(signature)
        .encoded();
  }

  /**
   * Whether the key made the signature; false too for a key that is not on P-256, and for a message
   * that names another algorithm than ES256, or none.
   */
  public boolean isSignedBy(PublicKey key) {
    return isEs256() && Es256.verify(key, signatureInput(protectedHeader, payload), signature);
  }

  /** By the protected header, or by the unprotected one where that alone names an algorithm. */
  private boolean isEs256() {
    try {
      var named = protectedHeader().find(ALGORITHM);
      var algorithm = named.isPresent() ? named : unprotectedHeader().find(ALGORITHM);
      return algorithm.isPresent() && algorithm.get().integer() == ES256;
    } catch (MalformedCoseException | MalformedCborException e) {
      return false;
    }
  }

  /** The encoded Sig_structure (RFC 9052, 4.4) without external data. */
  private static byte[] signatureInput(byte[] protectedHeader, byte[] payload) {
    return new CborWriter(protectedHeader.length + payload.length + HEADS)
        .array(4)
        .text(CONTEXT)
        .bytes(isEmptyMap(protectedHeader) ? NO_BYTES : protectedHeader)
        .bytes(NO_BYTES)
        .bytes(payload)
        .encoded();
  }

  private static boolean isEmptyMap(byte[] header) {
    return Arrays.equals(header, EMPTY_MAP);
  }
}
