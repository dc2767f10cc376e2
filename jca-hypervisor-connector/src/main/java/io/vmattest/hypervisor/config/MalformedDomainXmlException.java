// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

/** A domain's XML is not what it should be. */
public final class MalformedDomainXmlException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedDomainXmlException(String message) {
    super(message);
  }

  MalformedDomainXmlException(String message, Throwable cause) {
    super(message, cause);
  }
}
