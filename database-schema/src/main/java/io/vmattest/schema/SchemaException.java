// SPDX-License-Identifier: Apache-2.0
package io.vmattest.schema;

/** The tables could not be brought to where they should be; the message says why. */
public final class SchemaException extends Exception {
  private static final long serialVersionUID = 1L;

  public SchemaException(String message, Throwable cause) {
    super(message, cause);
  }
}
