// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Logs what is tried again and again once for each cause, and not at every try. */
public final class OnceEach {
  private final Logger log;
  private final Map<String, String> causes = new ConcurrentHashMap<>();

  public OnceEach(Logger log) {
    this.log = log;
  }

  /**
   * Logs a warning with the cause's trace, unless the last one about this subject was the same.
   *
   * @return whether it was logged
   */
  public boolean warn(String subject, Throwable cause) {
    String text = cause.toString();
    if (text.equals(causes.put(subject, text))) {
      return false;
    }
    log.log(Level.WARNING, subject, cause);
    return true;
  }

  /** The subject is in order; its next failure is news again. */
  public void settled(String subject) {
    causes.remove(subject);
  }
}
