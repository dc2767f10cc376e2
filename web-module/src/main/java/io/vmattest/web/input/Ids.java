// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import io.vmattest.core.report.Digest;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.util.UUID;

/** Identifiers in paths and bodies. What is not even of their form does not exist. */
public final class Ids {
  private static final int UUID_LENGTH = 36;
  private static final int DIGEST_LENGTH = 2 * Digest.SIZE;

  private Ids() {}

  public static UUID vm(String text) {
    return uuid(text, Problem.NO_SUCH_VM, "there is no VM of this id");
  }

  public static UUID operation(String text) {
    return uuid(text, Problem.NO_SUCH_OPERATION, "there is no operation of this id");
  }

  public static UUID proposal(String text) {
    return uuid(text, Problem.NO_SUCH_PROPOSAL, "there is no proposal of this id");
  }

  public static UUID debugClone(String text) {
    return uuid(text, Problem.NO_SUCH_CLONE, "there is no debug clone of this id");
  }

  private static UUID uuid(String text, Problem problem, String message) {
    try {
      if (text.length() == UUID_LENGTH) {
        return UUID.fromString(text);
      }
      throw new ServiceException(problem, message);
    } catch (IllegalArgumentException e) {
      throw new ServiceException(problem, message, e);
    }
  }

  /** A report's digest in a path. */
  public static Digest report(String text) {
    return digest(text, Problem.NO_SUCH_REPORT, "there is no report of this digest");
  }

  /** A report's digest in a body. */
  public static Digest reportInBody(String text) {
    return digest(text, Problem.INVALID_REQUEST, "report is a digest of 64 hexadecimal digits");
  }

  /** A snapshot's digest in a path. */
  public static Digest snapshot(String text) {
    return digest(text, Problem.NO_SUCH_SNAPSHOT, "there is no snapshot of this digest");
  }

  private static Digest digest(String text, Problem problem, String message) {
    try {
      if (text.length() == DIGEST_LENGTH) {
        return Digest.ofHex(text);
      }
      throw new ServiceException(problem, message);
    } catch (IllegalArgumentException e) {
      throw new ServiceException(problem, message, e);
    }
  }
}
