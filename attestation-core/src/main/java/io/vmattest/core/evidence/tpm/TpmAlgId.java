// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

/** TPM_ALG_ID (part 2, 6.3): those that occur in evidence. */
public final class TpmAlgId {
  public static final int RSA = 0x0001;
  public static final int AES = 0x0006;
  public static final int KEYEDHASH = 0x0008;
  public static final int SHA256 = 0x000b;
  public static final int SHA384 = 0x000c;
  public static final int NULL = 0x0010;
  public static final int RSASSA = 0x0014;
  public static final int RSAES = 0x0015;
  public static final int RSAPSS = 0x0016;
  public static final int OAEP = 0x0017;
  public static final int ECDSA = 0x0018;
  public static final int ECDAA = 0x001a;
  public static final int ECC = 0x0023;
  public static final int CFB = 0x0043;

  private TpmAlgId() {}

  /**
   * The JCA's name of a hash algorithm.
   *
   * @throws MalformedTpmStructureException for one that is not supported; SHA-1 is not
   */
  public static String digestName(int algorithm) throws MalformedTpmStructureException {
    return switch (algorithm) {
      case SHA256 -> "SHA-256";
      case SHA384 -> "SHA-384";
      default ->
          throw new MalformedTpmStructureException(
              "hash algorithm 0x%04x is not supported".formatted(algorithm));
    };
  }

  /** Bytes of a digest. */
  public static int digestSize(int algorithm) throws MalformedTpmStructureException {
    return digestName(algorithm).equals("SHA-256") ? 32 : 48;
  }
}
