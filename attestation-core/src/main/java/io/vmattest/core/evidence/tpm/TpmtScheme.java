// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

/**
 * TPMT_RSA_SCHEME, TPMT_ECC_SCHEME or TPMT_KDF_SCHEME (part 2, 11.2): the algorithm a key is bound
 * to.
 *
 * @param scheme TPM_ALG_NULL if it is bound to none
 * @param hash its hash algorithm; TPM_ALG_NULL if it has none
 */
public record TpmtScheme(int scheme, int hash) {
  static TpmtScheme read(TpmReader reader) throws MalformedTpmStructureException {
    int scheme = reader.u16();
    if (scheme == TpmAlgId.NULL || scheme == TpmAlgId.RSAES) {
      return new TpmtScheme(scheme, TpmAlgId.NULL);
    }
    int hash = reader.u16();
    if (scheme == TpmAlgId.ECDAA) {
      reader.u16();
    }
    return new TpmtScheme(scheme, hash);
  }
}
