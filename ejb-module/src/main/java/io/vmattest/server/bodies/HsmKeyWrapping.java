// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import io.vmattest.server.hsm.Hsm;
import io.vmattest.server.hsm.HsmKeyMissingException;
import io.vmattest.server.hsm.WrappedKey;
import io.vmattest.server.hsm.WrappedKeyException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** By the HSM's newest key. */
@ApplicationScoped
public class HsmKeyWrapping implements KeyWrapping {
  @Inject Hsm hsm;

  @Override
  public String newest() {
    return hsm.dataKey();
  }

  @Override
  public WrappedKey wrap(byte[] dataKey, byte[] aad) {
    return hsm.wrap(dataKey, aad);
  }

  @Override
  public byte[] unwrap(WrappedKey wrapped, byte[] aad) throws UnreadableBodyException {
    try {
      return hsm.unwrap(wrapped, aad);
    } catch (HsmKeyMissingException e) {
      throw new UnreadableBodyException(
          "is encrypted by a key of " + wrapped.keyLabel() + ", which the HSM has not", e);
    } catch (WrappedKeyException e) {
      throw new UnreadableBodyException("has a key that the HSM did not wrap", e);
    }
  }
}
