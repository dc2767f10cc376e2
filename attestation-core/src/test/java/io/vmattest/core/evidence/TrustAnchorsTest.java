// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrustAnchorsTest {
  private final Identity root = TestCertificates.authority("Root");
  private final Identity upper = TestCertificates.authority("Upper", root);
  private final Identity lower = TestCertificates.authority("Lower", upper);

  private static String pem(Identity... identities) throws Exception {
    StringBuilder pem = new StringBuilder();
    for (Identity identity : identities) {
      pem.append("-----BEGIN CERTIFICATE-----\n")
          .append(Base64.getMimeEncoder().encodeToString(identity.certificate().getEncoded()))
          .append("\n-----END CERTIFICATE-----\n");
    }
    return pem.toString();
  }

  @Test
  void rootsAreTrustedAndIntermediatesAtHand() throws Exception {
    TrustAnchors anchors = TrustAnchors.ofPem(pem(lower, root, upper), "");
    assertEquals(List.of(root.certificate()), anchors.endorsementRoots());
    assertEquals(List.of(lower.certificate(), upper.certificate()), anchors.intermediates());
  }

  @Test
  void anIntermediateThatIsGivenForARootIsRefusedByName() throws Exception {
    for (String loose : new String[] {pem(upper), pem(root, lower)}) {
      var e = assertThrows(KeyEvidenceException.class, () -> TrustAnchors.ofPem(loose, ""));
      assertEquals(Reason.ENDORSEMENT_CHAIN, e.reason());
      String name = loose.equals(pem(upper)) ? "CN=Upper" : "CN=Lower";
      assertTrue(String.valueOf(e.getMessage()).contains(name), e.getMessage());
    }
  }

  @Test
  void aRootOfTheSameNameIsNotItsRoot() throws Exception {
    String others = pem(TestCertificates.authority("Root"), upper);
    assertThrows(KeyEvidenceException.class, () -> TrustAnchors.ofPem(others, ""));
  }

  @Test
  void nothingGivenIsNothingTrusted() throws Exception {
    assertEquals(new TrustAnchors(List.of(), List.of(), List.of()), TrustAnchors.ofPem("", ""));
  }
}
