// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cose;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Whose ECDSA is used: Amazon Corretto's, which is native, where its library loads, and Bouncy
 * Castle's otherwise.
 *
 * @param algorithm its name for ECDSA with SHA-256 and r and s concatenated
 */
record Es256Provider(Provider provider, String algorithm) {
  static Es256Provider fastest() {
    AmazonCorrettoCryptoProvider corretto = AmazonCorrettoCryptoProvider.INSTANCE;
    return corretto.getLoadingError() == null
        ? new Es256Provider(corretto, "SHA256withECDSAinP1363Format")
        : new Es256Provider(new BouncyCastleProvider(), "SHA256withPLAIN-ECDSA");
  }

  Signature signature() throws GeneralSecurityException {
    return Signature.getInstance(algorithm, provider);
  }

  PublicKey prepared(PublicKey key) {
    try {
      return KeyFactory.getInstance("EC", provider)
          .generatePublic(new X509EncodedKeySpec(key.getEncoded()));
    } catch (GeneralSecurityException e) {
      return key;
    }
  }
}
