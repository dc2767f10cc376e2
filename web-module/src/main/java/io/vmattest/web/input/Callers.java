// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import io.vmattest.core.report.Digest;
import io.vmattest.server.approval.Person;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.servlet.http.HttpServletRequest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;

/** Who calls, as TLS and the container know it. */
public final class Callers {
  /** Jakarta Servlet 6.0, 3.9. */
  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

  private Callers() {}

  /**
   * The caller with the certificate of his connection.
   *
   * @throws ServiceException with NOT_ALLOWED if there is none
   */
  public static Person person(HttpServletRequest request) {
    if (request.getUserPrincipal() != null
        && request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain
        && chain.length > 0) {
      return new Person(request.getUserPrincipal().getName(), digest(chain[0]));
    }
    throw new ServiceException(Problem.NOT_ALLOWED, "the connection has no client certificate");
  }

  private static Digest digest(X509Certificate certificate) {
    try {
      return Digest.sha256(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new ServiceException(Problem.NOT_ALLOWED, "the certificate has no encoding", e);
    }
  }
}
