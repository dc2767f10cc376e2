// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.cli.Main;
import io.vmattest.scenarios.Api.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command vmattest with a server's keys in files, and no server where it verifies. */
final class OfflineCase {
  private final Path folder;

  OfflineCase(Api api, Path folder) throws IOException {
    this.folder = folder;
    save(api, "/results/keys", "text/plain", "results.pem");
    save(api, "/ledger/keys", "text/plain", "log.keys");
    save(api, "/trust/endorsement-roots", "application/pem-certificate-chain", "roots.pem");
    save(api, "/trust/enroller", "application/pem-certificate-chain", "enroller.pem");
  }

  private void save(Api api, String path, String type, String name) throws IOException {
    Answer answer = api.get(path, type);
    assertEquals(200, answer.status(), answer::toString);
    Files.write(folder.resolve(name), answer.bytes());
  }

  /** What a run gave. */
  record Run(int exitCode, String output) {}

  Run verify(Path file) {
    return run(
        Map.of(),
        "case",
        "verify",
        file.toString(),
        "--result-key",
        folder.resolve("results.pem").toString(),
        "--log-key",
        folder.resolve("log.keys").toString(),
        "--endorsement-root",
        folder.resolve("roots.pem").toString(),
        "--enroller",
        folder.resolve("enroller.pem").toString());
  }

  /** Exports with the server's help, as somebody of a role. */
  static Run export(Testbed testbed, String role, String id, Path output, String... more) {
    Path pki = testbed.pki();
    List<String> args =
        new ArrayList<>(List.of("case", "export", id, "--output", output.toString()));
    args.addAll(List.of(more));
    return run(
        Map.of(
            "VMATTEST_SERVER", "https://localhost:" + testbed.httpsPort(),
            "VMATTEST_CA", pki.resolve("ca.pem").toString(),
            "VMATTEST_CERT", pki.resolve(role + ".pem").toString(),
            "VMATTEST_KEY", pki.resolve(role + ".key").toString()),
        args.toArray(String[]::new));
  }

  private static Run run(Map<String, String> environment, String... args) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(output, true, UTF_8);
    return new Run(Main.run(args, stream, stream, environment), output.toString(UTF_8));
  }
}
