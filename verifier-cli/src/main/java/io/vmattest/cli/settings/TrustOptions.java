// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.evidence.TrustAnchors;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/** Whom the verifier believes. */
public final class TrustOptions {
  private static final int MAX_PEM = 1 << 20;

  @Option(
      names = "--endorsement-root",
      paramLabel = "PEM",
      description =
          "Roots that vouch for TPMs, and intermediates that reports lack; may be repeated.")
  List<Path> endorsementRoots = new ArrayList<>();

  @Option(
      names = "--enroller",
      paramLabel = "PEM",
      description =
          "Certificates of enrollers, who saw that an attestation key lives in an endorsed TPM;"
              + " may be repeated.")
  List<Path> enrollers = new ArrayList<>();

  /**
   * @throws IOException if a file is not readable
   * @throws KeyEvidenceException if it holds no certificates
   */
  public TrustAnchors anchors(Settings settings) throws IOException, KeyEvidenceException {
    return TrustAnchors.ofPem(
        read(endorsementRoots, "endorsement-root", settings),
        read(enrollers, "enroller", settings));
  }

  private static String read(List<Path> given, String option, Settings settings)
      throws IOException {
    List<Path> paths =
        given.isEmpty()
            ? settings
                .get(option)
                .map(value -> Arrays.stream(value.split(File.pathSeparator)).map(Path::of).toList())
                .orElse(List.of())
            : given;
    StringBuilder pem = new StringBuilder();
    for (Path path : paths) {
      byte[] bytes = BoundedFiles.read(path, MAX_PEM);
      String text = new String(bytes, StandardCharsets.UTF_8);
      if (!text.contains("-----BEGIN CERTIFICATE-----")) {
        throw new IOException(path + " holds no certificate in PEM.");
      }
      pem.append(text).append('\n');
    }
    return pem.toString();
  }
}
