// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * The keys of a verifier, of all generations, that results are believed by. Immutable. In text they
 * are PEM (RFC 7468, 13), one after the other; what stands between is no part of them.
 */
public final class ResultKeys {
  private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
  private static final int MOST = 1000;
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN PUBLIC KEY-----([^-]{1,1000})-----END PUBLIC KEY-----");

  private final Map<Digest, PublicKey> keys;

  private ResultKeys(Map<Digest, PublicKey> keys) {
    this.keys = keys;
  }

  /**
   * @throws IllegalArgumentException if one is not on P-256
   */
  public static ResultKeys of(Collection<? extends PublicKey> keys) {
    Map<Digest, PublicKey> known = new LinkedHashMap<>();
    keys.forEach(key -> known.put(identifier(key), parse(key.getEncoded())));
    return new ResultKeys(known);
  }

  /**
   * @param pem in US-ASCII; a key that stands there twice is one
   * @throws IllegalArgumentException if there is none, too many, or one is not on P-256
   */
  public static ResultKeys ofPem(byte[] pem) {
    Matcher blocks = PEM.matcher(new String(pem, StandardCharsets.US_ASCII));
    List<PublicKey> keys = new ArrayList<>();
    while (blocks.find()) {
      keys.add(parse(Base64.getMimeDecoder().decode(blocks.group(1))));
      if (keys.size() > MOST) {
        throw new IllegalArgumentException("more than " + MOST + " public keys");
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no public key in PEM");
    }
    return of(keys);
  }

  private static PublicKey parse(byte[] spki) {
    try {
      SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(spki);
      if (!X9ObjectIdentifiers.id_ecPublicKey.equals(info.getAlgorithm().getAlgorithm())
          || !SECObjectIdentifiers.secp256r1.equals(info.getAlgorithm().getParameters())
          || !Arrays.equals(spki, info.getEncoded("DER"))) {
        throw new IllegalArgumentException("a public key that is not on P-256, or not in DER");
      }
      return KeyFactory.getInstance("EC", PROVIDER).generatePublic(new X509EncodedKeySpec(spki));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("no public key: " + e.getMessage(), e);
    }
  }

  /** What a result names its key by: SHA-256 of the SubjectPublicKeyInfo in DER. */
  public static Digest identifier(PublicKey key) {
    return Digest.sha256(key.getEncoded());
  }

  /** The key of an identifier. */
  public Optional<PublicKey> find(Digest identifier) {
    return Optional.ofNullable(keys.get(identifier));
  }

  /** Identifiers, in the keys' order. */
  public List<Digest> identifiers() {
    return List.copyOf(keys.keySet());
  }

  /** In PEM, each with its identifier on a line before. */
  public String pem() {
    StringBuilder text = new StringBuilder();
    Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {(byte) 10});
    keys.forEach(
        (identifier, key) ->
            text.append("kid ")
                .append(identifier.hex())
                .append("\n-----BEGIN PUBLIC KEY-----\n")
                .append(base64.encodeToString(key.getEncoded()))
                .append("\n-----END PUBLIC KEY-----\n"));
    return text.toString();
  }
}
