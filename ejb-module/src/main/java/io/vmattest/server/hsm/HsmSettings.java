// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.nio.file.Path;

/**
 * Where the token is, and who may in.
 *
 * @param library the vendor's PKCS#11 library, absolute
 * @param slotIndex counts the slots that hold a token, from 0: their ids may change
 * @param pinFile the user's PIN in UTF-8; white space around it does not count
 */
record HsmSettings(Path library, int slotIndex, Path pinFile) {
  static final String SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so";

  /**
   * By the system properties {@code vmattest.hsm.library}, {@code .slot.index}, {@code .pin.file}.
   *
   * @throws HsmUnavailableException if they make no sense
   */
  static HsmSettings ofSystemProperties() {
    Path library = Path.of(System.getProperty("vmattest.hsm.library", SOFTHSM));
    if (!library.isAbsolute() || library.toString().chars().anyMatch(c -> c < ' ')) {
      throw new HsmUnavailableException("vmattest.hsm.library is no absolute path: " + library);
    }
    String pinFile = System.getProperty("vmattest.hsm.pin.file");
    if (pinFile == null) {
      throw new HsmUnavailableException("vmattest.hsm.pin.file is not set");
    }
    return new HsmSettings(library, configuredIndex(), Path.of(pinFile));
  }

  private static int configuredIndex() {
    String index = System.getProperty("vmattest.hsm.slot.index", "0");
    if (!index.matches("[0-9]{1,4}")) {
      throw new HsmUnavailableException("vmattest.hsm.slot.index is no index: " + index);
    }
    return Integer.parseInt(index);
  }
}
