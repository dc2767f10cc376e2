// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.cases;

import io.vmattest.cli.rest.RestClient;
import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseFile;
import io.vmattest.core.bundle.CaseManifest;
import io.vmattest.core.bundle.CaseRejectedException;
import io.vmattest.core.bundle.SignedManifest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import java.io.IOException;
import java.nio.file.Path;

/** Fetches a case, of which nothing is verified but that the memory is the one that is listed. */
public final class CaseDownload {
  private final RestClient client;
  private final long id;

  public CaseDownload(RestClient client, long id) {
    this.client = client;
    this.id = id;
  }

  /**
   * Fetches it to where it is wanted, or leaves nothing there.
   *
   * @param withCore whether with the memory of the state in question
   * @throws CaseRejectedException if the server's answer is no bundle
   */
  public CaseBundle to(Path path, boolean withCore) throws IOException, CaseRejectedException {
    try (StagedCase staged = StagedCase.at(path)) {
      CaseBundle bundle =
          CaseBundle.ofZip(
              client.getSlowly(
                  "/cases/" + id + "/bundle" + (withCore ? "/with-core" : ""),
                  CaseBundle.MEDIA_TYPE,
                  CaseBundle.MAX_SIZE));
      staged.write(bundle);
      if (withCore) {
        fetchCore(bundle, staged.createCore());
      }
      staged.commit();
      return bundle;
    }
  }

  private void fetchCore(CaseBundle bundle, Path file) throws IOException, CaseRejectedException {
    CaseManifest manifest = SignedManifest.unverified(bundle.manifest());
    CaseFile listed =
        manifest.files().stream()
            .filter(one -> one.name().equals(CaseFile.CORE))
            .findFirst()
            .orElseThrow(() -> new IOException("The server's bundle lists no memory."));
    client.download(
        "/vms/" + manifest.vm() + "/snapshots/" + snapshot(bundle, manifest) + "/cores",
        file,
        listed.size());
    if (!CaseFolder.readCore(file).file().equals(listed)) {
      throw new IOException("The memory that came is not the one that the manifest lists.");
    }
  }

  private static String snapshot(CaseBundle bundle, CaseManifest manifest) throws IOException {
    try {
      byte[] report =
          bundle
              .file(manifest.state().body())
              .orElseThrow(() -> new IOException("The server's bundle lacks the memory's report."));
      return SignedReport.parse(report).report().snapshot().hex();
    } catch (MalformedReportException e) {
      throw new IOException("The memory's report is malformed: " + e.getMessage(), e);
    }
  }
}
