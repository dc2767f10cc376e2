// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.server.hsm.Hsm;
import io.vmattest.server.hsm.HsmKeyMissingException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/** Seals by the HSM's newest key. */
@ApplicationScoped
public class HsmSeals implements Seals {
  @Inject Hsm hsm;

  @Override
  public String key() {
    return hsm.sealKey();
  }

  @Override
  public boolean hasKey(String label) {
    try {
      hsm.seal(label, new byte[0]);
      return true;
    } catch (HsmKeyMissingException e) {
      return false;
    }
  }

  @Override
  public List<byte[]> seal(String key, List<byte[]> messages) {
    return hsm.seal(key, messages);
  }
}
