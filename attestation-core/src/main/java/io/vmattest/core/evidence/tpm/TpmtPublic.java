// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.security.PublicKey;

/**
 * TPMT_PUBLIC (part 2, 12.2.4) of an RSA or ECC key.
 *
 * @param nameAlg hash algorithm of the Name
 * @param marshalled its bytes, over which the Name is computed
 */
public record TpmtPublic(
    int nameAlg,
    TpmaObject attributes,
    byte[] authPolicy,
    PublicParameters parameters,
    byte[] marshalled) {
  /** Bytes; more than the largest RSA key needs. */
  private static final int MAX_SIZE = 2048;

  /** The type-specific part: parameters and unique. */
  public sealed interface PublicParameters permits RsaPublic, EccPublic {
    TpmtSymDefObject symmetric();

    TpmtScheme scheme();

    PublicKey publicKey() throws MalformedTpmStructureException;
  }

  /**
   * Reads one that fills the bytes.
   *
   * @param what names it in the messages of exceptions
   */
  public static TpmtPublic parse(byte[] bytes, String what) throws MalformedTpmStructureException {
    if (bytes.length > MAX_SIZE) {
      throw new MalformedTpmStructureException(what + " has " + bytes.length + " bytes");
    }
    TpmReader reader = new TpmReader(bytes, what);
    int type = reader.u16();
    int nameAlg = reader.u16();
    TpmaObject attributes = new TpmaObject(reader.u32());
    byte[] authPolicy = reader.sized(64);
    PublicParameters parameters =
        switch (type) {
          case TpmAlgId.RSA -> RsaPublic.read(reader);
          case TpmAlgId.ECC -> EccPublic.read(reader);
          default -> throw reader.malformed("is neither an RSA nor an ECC key");
        };
    reader.end();
    return new TpmtPublic(nameAlg, attributes, authPolicy, parameters, bytes.clone());
  }

  /** Its Name (part 1, 16): nameAlg, then the digest of the structure. */
  public byte[] name() throws MalformedTpmStructureException {
    return Tpm2Name.of(nameAlg, marshalled);
  }

  /**
   * @throws MalformedTpmStructureException if the numbers are not a key
   */
  public PublicKey publicKey() throws MalformedTpmStructureException {
    return parameters.publicKey();
  }
}
