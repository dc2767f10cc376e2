// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

/** Text that is not XML, or XML that is not read: too large, too deep, with a DTD. */
final class MalformedXmlException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedXmlException(String message) {
    super(message);
  }

  MalformedXmlException(String message, Throwable cause) {
    super(message, cause);
  }
}
