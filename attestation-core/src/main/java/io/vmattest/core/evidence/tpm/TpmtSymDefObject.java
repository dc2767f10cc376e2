// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

/**
 * TPMT_SYM_DEF_OBJECT (part 2, 11.1.7): how a storage key protects its children.
 *
 * @param algorithm TPM_ALG_NULL for a key that is not a storage key; the others are 0 then
 */
public record TpmtSymDefObject(int algorithm, int keyBits, int mode) {
  static TpmtSymDefObject read(TpmReader reader) throws MalformedTpmStructureException {
    int algorithm = reader.u16();
    return algorithm == TpmAlgId.NULL
        ? new TpmtSymDefObject(algorithm, 0, 0)
        : new TpmtSymDefObject(algorithm, reader.u16(), reader.u16());
  }
}
