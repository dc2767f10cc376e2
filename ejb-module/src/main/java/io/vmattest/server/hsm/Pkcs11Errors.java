// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the return values of PKCS#11 (2.40, 2.1.2) out of the exceptions that the JDK makes of
 * them.
 */
final class Pkcs11Errors {
  private static final Pattern CODE = Pattern.compile("\\bCKR_[A-Z0-9_]+");
  private static final int DEEPEST = 16;
  private static final Set<String> OF_THE_PIN =
      Set.of(
          "CKR_PIN_INCORRECT",
          "CKR_PIN_INVALID",
          "CKR_PIN_LEN_RANGE",
          "CKR_PIN_EXPIRED",
          "CKR_PIN_LOCKED");

  private Pkcs11Errors() {}

  /** The first return value that is named. */
  static Optional<String> code(Throwable failure) {
    @Nullable Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++, cause = cause.getCause()) {
      String message = cause.getMessage();
      Matcher matcher = CODE.matcher(message == null ? "" : message);
      if (matcher.find()) {
        return Optional.of(matcher.group());
      }
    }
    return Optional.empty();
  }

  /**
   * Whether the token did not like the PIN, so that offering it again would bring it nearer to its
   * lock.
   */
  static boolean refusesPin(Throwable failure) {
    return code(failure).filter(OF_THE_PIN::contains).isPresent();
  }

  /** For people: the return value, or whatever was said. */
  static String text(Throwable failure) {
    return code(failure).orElseGet(failure::toString);
  }
}
