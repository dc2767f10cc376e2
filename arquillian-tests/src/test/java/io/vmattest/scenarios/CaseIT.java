// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.bundle.CaseFile;
import io.vmattest.core.bundle.CasePart;
import io.vmattest.scenarios.inside.FaultCounter;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The evidence of a rollback as it is handed on: exported from the server, verified without it. */
@ExtendWith(ArquillianExtension.class)
class CaseIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Testbed testbed = Testbed.get();
  private final Api admin = Api.as(testbed, "admin");
  private final Api auditor = Api.as(testbed, "auditor");

  @Test
  void aRollbacksEvidenceIsVerifiedOfflineAndRefusedOnceItIsTouched(@TempDir Path folder)
      throws Exception {
    try (Guest guest = Guest.start(testbed, "case")) {
      Vm vm = new Vm(admin, guest.id());
      JsonObject baseline = vm.attestAsBaseline();
      Vm.expect(200, admin.put(vm.path("/policy"), "{}"));
      guest.clearSmep();
      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      assertEquals("SUCCEEDED", vm.rollBack().getString("state"));

      JsonObject listed =
          Vm.expect(200, auditor.get("/cases?vm=" + guest.id()))
              .getJsonArray("cases")
              .getJsonObject(0);
      assertEquals("ROLLBACK", listed.getString("outcome"));
      assertEquals(baseline.getString("digest"), listed.getString("report"));
      String path = "/cases/" + listed.getJsonNumber("id");
      assertEquals(listed, Vm.expect(200, auditor.get(path)));
      Await.until("a bundle", SOON, () -> bundle(path).status() == 200);

      byte[] zip = bundle(path).bytes();
      Path file = Files.write(folder.resolve("case.zip"), zip);
      OfflineCase offline = new OfflineCase(admin, folder);
      OfflineCase.Run run = offline.verify(file);
      assertEquals(0, run.exitCode(), run::output);
      assertTrue(run.output().contains("VERIFIED"), run::output);
      assertTrue(run.output().contains("vcpu0 CR4"), run::output);
      assertTrue(run.output().contains("pages differed"), run::output);

      int place = new String(zip, ISO_8859_1).indexOf(CasePart.SUSPECT.body()) + 200;
      zip[place] ^= 1;
      OfflineCase.Run touched = offline.verify(Files.write(folder.resolve("touched.zip"), zip));
      assertEquals(1, touched.exitCode(), touched::output);

      Vm.refused(404, "NO_SUCH_ENTRY", auditor.get("/cases/0"));
      assertEquals(403, Api.as(testbed, "viewer").get(path).status());
    }
  }

  @Test
  void whatWasFoundIsACaseAndAFailedRollbacksSuspectIsEvidenceWithItsMemory(@TempDir Path folder)
      throws Exception {
    try (Guest guest = Guest.start(testbed, "kept")) {
      Vm vm = new Vm(admin, guest.id());
      JsonObject baseline = vm.attestAsBaseline();
      guest.clearSmep();
      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      OfflineCase offline = new OfflineCase(admin, folder);

      JsonObject found = first("/cases/discrepant?vm=" + guest.id());
      assertEquals("DISCREPANT", found.getString("outcome"));
      assertEquals(baseline.getString("digest"), found.getString("report"));
      OfflineCase.Run verdict = offline.verify(exported(found, folder.resolve("found.zip")));
      assertEquals(0, verdict.exitCode(), verdict::output);
      assertTrue(verdict.output().contains("vcpu0 CR4"), verdict::output);

      FaultCounter.ask(testbed.state(), 1);
      assertEquals("FAILED", vm.rollBack().getString("state"));
      JsonObject failed = first("/cases?vm=" + guest.id());
      assertEquals("ROLLBACK_FAILED", failed.getString("outcome"));
      Path kept = exported(failed, folder.resolve("failed"), "--core");
      OfflineCase.Run suspect = offline.verify(kept);
      assertEquals(0, suspect.exitCode(), suspect::output);
      assertTrue(suspect.output().contains("pages differed"), suspect::output);
      assertTrue(suspect.output().contains("each page of its memory"), suspect::output);

      flip(kept.resolve(CaseFile.CORE));
      OfflineCase.Run touched = offline.verify(kept);
      assertEquals(1, touched.exitCode(), touched::output);
      assertTrue(touched.output().contains("FILE_DIGEST"), touched::output);

      Vm.refused(404, "NO_SUCH_ENTRY", auditor.get("/cases/0/bundle/with-core", "application/zip"));
      Api operator = Api.as(testbed, "operator");
      String path = "/cases/" + failed.getJsonNumber("id") + "/bundle/with-core";
      assertEquals(403, operator.get(path, "application/zip").status());
    }
  }

  private JsonObject first(String path) throws IOException {
    return Vm.expect(200, auditor.get(path)).getJsonArray("cases").getJsonObject(0);
  }

  private Path exported(JsonObject found, Path output, String... more) {
    String id = found.getJsonNumber("id").toString();
    Await.until("a bundle", SOON, () -> bundle("/cases/" + id).status() == 200);
    OfflineCase.Run run = OfflineCase.export(testbed, "auditor", id, output, more);
    assertEquals(0, run.exitCode(), run::output);
    return output;
  }

  private static void flip(Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(bytes.length() / 2);
      int value = bytes.read();
      bytes.seek(bytes.length() / 2);
      bytes.write(value ^ 1);
    }
  }

  private Api.Answer bundle(String path) {
    try {
      return auditor.get(path + "/bundle", "application/zip");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
