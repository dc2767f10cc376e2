// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.server.trust.ServerTrust;
import io.vmattest.web.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** What an offline verifier needs, for those who already trust this server. */
@Path("trust")
@RequestScoped
@Produces({MediaTypes.PEM, "text/plain;qs=0.5"})
@RolesAllowed({Roles.AUDITOR, Roles.ADMIN})
public class TrustResource {
  private static final Base64.Encoder MIME =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  @Inject ServerTrust trust;

  /** Roots and intermediates. */
  @GET
  @Path("endorsement-roots")
  public String endorsementRoots() throws CertificateEncodingException {
    TrustAnchors anchors = trust.anchors();
    return pem(
        Stream.concat(anchors.endorsementRoots().stream(), anchors.intermediates().stream())
            .toList());
  }

  @GET
  @Path("enroller")
  public String enroller() throws CertificateEncodingException {
    return pem(List.of(trust.enrollerCertificate()));
  }

  private static String pem(List<X509Certificate> certificates)
      throws CertificateEncodingException {
    StringBuilder pem = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      pem.append("-----BEGIN CERTIFICATE-----\n")
          .append(MIME.encodeToString(certificate.getEncoded()))
          .append("\n-----END CERTIFICATE-----\n");
    }
    return pem.toString();
  }
}
