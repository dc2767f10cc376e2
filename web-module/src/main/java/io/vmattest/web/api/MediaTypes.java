// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

/** Media types of the API. */
final class MediaTypes {
  /** A signed report (RFC 9782, 6.1). */
  static final String EAT_CWT = "application/eat+cwt";

  static final String JSON = "application/json";

  /** A certificate in PEM (RFC 8555, 9.1). */
  static final String PEM = "application/pem-certificate-chain";

  /** A Debian package, as IANA registers it. */
  static final String DEB = "application/vnd.debian.binary-package";

  /** Signed notes, and what holds them. */
  static final String TEXT = "text/plain;charset=utf-8";

  static final String OCTETS = "application/octet-stream";

  private MediaTypes() {}
}
