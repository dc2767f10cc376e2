// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.security.Provider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** The provider, named where it is used, so that nothing has to be registered. */
final class BouncyCastle {
  static final Provider PROVIDER = new BouncyCastleProvider();

  private BouncyCastle() {}
}
