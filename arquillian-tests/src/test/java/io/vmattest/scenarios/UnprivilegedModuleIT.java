// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.verification.Claim;
import io.vmattest.core.verification.Claim.Subject;
import io.vmattest.core.verification.Expectations;
import io.vmattest.core.verification.ReportVerification;
import io.vmattest.core.verification.ReportVerification.Outcome;
import io.vmattest.core.verification.ReportVerifier;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A server of its own without TPM and key, and vmteed, which has them and no rights. */
class UnprivilegedModuleIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration CHECKED = Duration.ofMinutes(2);
  private static final byte[] NONCE = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private static final Testbed SHARED = Testbed.get();

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer server;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Vmteed module;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  @BeforeAll
  static void prepare() throws IOException {
    server = OwnServer.withoutTpm("module");
    module = Vmteed.start(SHARED, SHARED.state().resolveSibling("vmteed"));
    guest = Guest.start(SHARED, "module");
    server.start(
        "vmattest.endorsement.roots=" + module.endorsementRoots(),
        "vmattest.module.socket=" + module.socket());
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      server.close();
    }
    if (guest != null) {
      guest.close();
    }
    if (module != null) {
      module.close();
    }
  }

  @Test
  void vmteedHasNoRightsAndFewSystemCalls() throws IOException {
    Map<String, String> status = module.status();
    for (String id : List.of("Uid", "Gid")) {
      // Real, effective, saved, of the file system.
      assertEquals("65534 65534 65534 65534", words(status, id));
    }
    assertEquals("", words(status, "Groups"));
    for (String capabilities : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
      assertEquals("0".repeat(16), words(status, capabilities), capabilities);
    }
    assertEquals("1", words(status, "NoNewPrivs"));
    assertEquals("2", words(status, "Seccomp"), "a filter of system calls");
  }

  private static String words(Map<String, String> status, String name) {
    return status.getOrDefault(name, "there is no " + name).replaceAll("\\s+", " ");
  }

  @Test
  void guestIsAttestedCheckedAndRolledBackByWhatVmteedSignedAndWrote() throws Exception {
    Vm vm = vm();
    JsonObject attested =
        vm.attest("{\"snapshot\": true, \"baseline\": true, \"nonce\": \"%s\"}".formatted(nonce()));
    assertVerified(attested);
    assertTrue(attested.getBoolean("snapshot"));
    long tick = guest.tick();
    guest.awaitTickBeyond(tick + 3);
    assertEquals("VERIFIED", vm.verify().getString("verdict"));
    assertEquals(0, fsck().getInt("damaged"));
    assertEquals(Set.of(Vmteed.USER), ownersOfPagesAndStates());

    guest.clearSmep();
    assertEquals("DISCREPANT", vm.verify().getString("verdict"));
    JsonObject rollback = vm.rollBack();
    assertEquals("SUCCEEDED", rollback.getString("state"), rollback::toString);
    Await.until("the guest to go on from the attested moment", SOON, guest::wentBack);
    assertEquals("running", guest.state());
    guest.nextTick();
    assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    JsonObject again = vm.verify();
    assertEquals("VERIFIED", again.getString("verdict"), again::toString);

    assertEquals(List.of(), names(server.state().resolve("keys")), "the server has no key");
    assertEquals(List.of("attestation.key", "ek-issuers.pem"), names(module.keys()));
  }

  @Test
  void serverFindsVmteedThatWasStartedAgainAndItsKeyIsTheSame() throws Exception {
    SignedReport before = parse(vm().attest("{}"));
    module.stop();
    Vm.refused(503, "TEE_UNAVAILABLE", vm().api().post(vm().path("/attestations"), "{}"));
    assertEquals("running", guest.state());
    guest.nextTick();
    module.start();
    JsonObject after = vm().attest("{\"nonce\": \"%s\"}".formatted(nonce()));
    assertVerified(after);
    assertEquals(before.report().keyEvidence(), parse(after).report().keyEvidence());
  }

  /** As somebody would who has only the report, the TPM's authority and the enroller's name. */
  private static void assertVerified(JsonObject made) throws Exception {
    TrustAnchors anchors =
        TrustAnchors.ofPem(
            Files.readString(module.endorsementRoots()),
            Files.readString(server.state().resolve("pki/enroller.pem")));
    ReportVerification verification =
        ReportVerifier.verify(
            parse(made),
            anchors,
            new Expectations(Optional.of(NONCE), Optional.of(UUID.fromString(guest.id())), false),
            Instant.now());
    assertEquals(Outcome.VERIFIED, verification.outcome(), verification::toString);
    Set<Subject> holding =
        verification.claims().stream()
            .filter(Claim.Holds.class::isInstance)
            .map(Claim::subject)
            .collect(Collectors.toSet());
    Set<Subject> all =
        Arrays.stream(Subject.values())
            .filter(subject -> subject != Subject.HARDWARE_TPM)
            .collect(Collectors.toSet());
    assertEquals(all, holding, "every claim but that the TPM is hardware");
  }

  private static SignedReport parse(JsonObject made) throws Exception {
    return SignedReport.parse(Base64.getUrlDecoder().decode(made.getString("report")));
  }

  private static String nonce() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(NONCE);
  }

  private static JsonObject fsck() throws IOException {
    Api operator = server.api("operator");
    String asked = "{\"vm\": \"%s\", \"repair\": false}".formatted(guest.id());
    JsonObject result = Operations.succeed(operator, "/store/checks", asked, CHECKED);
    JsonObject checked = result.getJsonArray("vms").getJsonObject(0);
    assertEquals("CHECKED", checked.getString("state"), checked::toString);
    assertTrue(checked.getInt("snapshots") >= 1, checked::toString);
    return checked;
  }

  private static Set<Object> ownersOfPagesAndStates() throws IOException {
    Path root = server.state().resolve("snapshots");
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> root.relativize(file).toString().matches(".*/(state|pages)/.*"))
          .map(UnprivilegedModuleIT::owner)
          .collect(Collectors.toSet());
    }
  }

  private static Object owner(Path file) {
    try {
      return Files.getAttribute(file, "unix:uid");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static Vm vm() {
    return new Vm(server.api("admin"), guest.id());
  }
}
