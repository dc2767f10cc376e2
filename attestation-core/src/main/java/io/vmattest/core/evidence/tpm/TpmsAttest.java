// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

/**
 * TPMS_ATTEST (part 2, 10.12.12): what a restricted key signs only when the TPM made it.
 *
 * @param type TPM_ST_ATTEST_*
 * @param qualifiedSigner qualified Name of the signing key
 * @param extraData qualifyingData of the command
 * @param attested the type-specific part, marshalled
 */
public record TpmsAttest(
    int type,
    byte[] qualifiedSigner,
    byte[] extraData,
    TpmsClockInfo clockInfo,
    long firmwareVersion,
    byte[] attested) {
  /** TPM_GENERATED_VALUE: "\xffTCG". */
  public static final int GENERATED_VALUE = 0xff544347;

  public static final int ATTEST_CERTIFY = 0x8017;
  public static final int ATTEST_QUOTE = 0x8018;

  private static final int MAX_SIZE = 2048;
  private static final int MAX_NAME = 66;

  /** TPMS_CLOCK_INFO (part 2, 10.11.1). */
  public record TpmsClockInfo(long clock, int resetCount, int restartCount, boolean safe) {}

  /**
   * TPMS_CERTIFY_INFO (part 2, 10.12.3).
   *
   * @param name of the certified object
   */
  public record TpmsCertifyInfo(byte[] name, byte[] qualifiedName) {}

  /**
   * @throws MalformedTpmStructureException also if the magic says that no TPM made it
   */
  public static TpmsAttest parse(byte[] bytes) throws MalformedTpmStructureException {
    TpmReader reader = new TpmReader(bytes, "TPMS_ATTEST");
    if (bytes.length > MAX_SIZE) {
      throw reader.malformed("has " + bytes.length + " bytes");
    }
    if (reader.u32() != GENERATED_VALUE) {
      throw reader.malformed("does not begin with TPM_GENERATED_VALUE");
    }
    return new TpmsAttest(
        reader.u16(),
        reader.sized(MAX_NAME),
        reader.sized(MAX_NAME),
        readClockInfo(reader),
        reader.u64(),
        reader.rest());
  }

  private static TpmsClockInfo readClockInfo(TpmReader reader)
      throws MalformedTpmStructureException {
    long clock = reader.u64();
    int resets = reader.u32();
    int restarts = reader.u32();
    int safe = reader.u8();
    if (safe > 1) {
      throw reader.malformed("has a TPMI_YES_NO of " + safe);
    }
    return new TpmsClockInfo(clock, resets, restarts, safe == 1);
  }

  /**
   * @throws MalformedTpmStructureException if the type is another
   */
  public TpmsCertifyInfo certifyInfo() throws MalformedTpmStructureException {
    TpmReader reader = new TpmReader(attested, "TPMS_CERTIFY_INFO");
    if (type != ATTEST_CERTIFY) {
      throw reader.malformed("was expected, but the attestation's type is 0x%04x".formatted(type));
    }
    TpmsCertifyInfo info = new TpmsCertifyInfo(reader.sized(MAX_NAME), reader.sized(MAX_NAME));
    reader.end();
    return info;
  }
}
