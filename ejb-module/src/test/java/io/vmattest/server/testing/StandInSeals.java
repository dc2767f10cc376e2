// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import io.vmattest.server.ledger.Seals;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Seals by a key in memory, where a test is not about the HSM. */
public final class StandInSeals implements Seals {
  @Override
  public String key() {
    return "stand-in-1";
  }

  @Override
  public boolean hasKey(String label) {
    return label.equals(key());
  }

  @Override
  public List<byte[]> seal(String key, List<byte[]> messages) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return messages.stream().map(mac::doFinal).toList();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
