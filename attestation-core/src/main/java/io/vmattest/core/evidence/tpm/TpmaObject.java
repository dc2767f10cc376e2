// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.util.ArrayList;
import java.util.List;

/**
 * TPMA_OBJECT (part 2, 8.3): the attributes of a key.
 *
 * @param bits as marshalled
 */
public record TpmaObject(int bits) {
  /** Attributes that decide what a key may be believed of. */
  public enum Attribute {
    FIXED_TPM(1, "fixedTPM"),
    FIXED_PARENT(4, "fixedParent"),
    SENSITIVE_DATA_ORIGIN(5, "sensitiveDataOrigin"),
    RESTRICTED(16, "restricted"),
    DECRYPT(17, "decrypt"),
    SIGN(18, "sign");

    private final int bit;
    private final String specificationName;

    Attribute(int bit, String specificationName) {
      this.bit = bit;
      this.specificationName = specificationName;
    }

    @Override
    public String toString() {
      return specificationName;
    }
  }

  public boolean has(Attribute attribute) {
    return (bits >>> attribute.bit & 1) == 1;
  }

  /** Those of the attributes that it has not. */
  public List<Attribute> missing(Attribute... wanted) {
    List<Attribute> missing = new ArrayList<>();
    for (Attribute attribute : wanted) {
      if (!has(attribute)) {
        missing.add(attribute);
      }
    }
    return missing;
  }
}
