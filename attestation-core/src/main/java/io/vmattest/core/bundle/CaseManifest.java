// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static io.vmattest.core.json.JsonImplementation.JSON;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.report.Digest;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a bundle consists of. Its JSON is deterministic: whatever reads differently is refused.
 *
 * @param index of the ledger's entry that the case is, which is its ID
 * @param entry hash of that entry
 * @param outcome {@link #ROLLBACK}, {@link #ROLLBACK_FAILED} or {@link #DISCREPANT}
 * @param files in the order of their names
 */
public record CaseManifest(
    long index, Digest entry, UUID vm, String outcome, List<CaseFile> files) {
  /** The format's identifier. */
  public static final String PROFILE = "tag:vmattest.io,2026:case/1";

  /** A VM was put back. */
  public static final String ROLLBACK = "ROLLBACK";

  /** A VM was to be put back, and is what it was. */
  public static final String ROLLBACK_FAILED = "ROLLBACK_FAILED";

  /** A verdict named discrepancies, whatever was done about them. */
  public static final String DISCREPANT = "DISCREPANT";

  public CaseManifest {
    files = files.stream().sorted(Comparator.comparing(CaseFile::name)).toList();
  }

  /** The part whose entry the case is. */
  public CasePart subject() {
    return outcome.equals(DISCREPANT) ? CasePart.DISCREPANCIES : CasePart.CASE;
  }

  /** The state that the case is about: its memory is the core's. */
  public CasePart state() {
    return outcome.equals(DISCREPANT) ? CasePart.OBSERVED : CasePart.SUSPECT;
  }

  /** Whether the memory of that state is listed. */
  public boolean hasCore() {
    return files.stream().anyMatch(file -> file.name().equals(CaseFile.CORE));
  }

  byte[] encoded() {
    JsonArrayBuilder listed = JSON.createArrayBuilder();
    for (CaseFile file : files) {
      listed.add(
          JSON.createObjectBuilder()
              .add("name", file.name())
              .add("mediaType", file.mediaType())
              .add("size", file.size())
              .add("sha256", file.sha256().hex()));
    }
    return JSON.createObjectBuilder()
        .add("profile", PROFILE)
        .add("index", index)
        .add("entry", entry.hex())
        .add("vm", vm.toString())
        .add("outcome", outcome)
        .add("files", listed)
        .build()
        .toString()
        .getBytes(UTF_8);
  }

  static CaseManifest parse(byte[] json) throws CaseRejectedException {
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(json))) {
      CaseManifest manifest = read(reader.readObject());
      if (!Arrays.equals(manifest.encoded(), json)) {
        throw malformed("The manifest's JSON is not the one form that it has.", null);
      }
      return manifest;
    } catch (JsonException
        | NullPointerException
        | ClassCastException
        | ArithmeticException
        | IllegalArgumentException e) {
      // What the JSON interfaces throw for members that are missing or of another type.
      throw malformed("The manifest is none of profile " + PROFILE + ".", e);
    }
  }

  private static CaseManifest read(JsonObject json) throws CaseRejectedException {
    List<CaseFile> files = new ArrayList<>();
    for (JsonObject file : json.getJsonArray("files").getValuesAs(JsonObject.class)) {
      files.add(
          checked(
              new CaseFile(
                  file.getString("name"),
                  file.getString("mediaType"),
                  file.getJsonNumber("size").longValueExact(),
                  Digest.ofHex(file.getString("sha256")))));
    }
    if (files.stream().map(CaseFile::name).distinct().count() < files.size()) {
      throw malformed("The manifest lists a file twice.", null);
    }
    return new CaseManifest(
        json.getJsonNumber("index").longValueExact(),
        Digest.ofHex(json.getString("entry")),
        UUID.fromString(json.getString("vm")),
        json.getString("outcome"),
        files);
  }

  private static CaseFile checked(CaseFile file) throws CaseRejectedException {
    CaseFile.Kind kind =
        CaseFile.kind(file.name())
            .orElseThrow(() -> malformed("No case has a file of a name that is listed.", null));
    if (!file.mediaType().equals(kind.mediaType())) {
      throw malformed("The manifest gives %s another media type.".formatted(file.name()), null);
    }
    if (file.size() < 0 || file.size() > kind.most()) {
      throw malformed("The manifest gives %s a wrong size.".formatted(file.name()), null);
    }
    return file;
  }

  private static CaseRejectedException malformed(String message, @Nullable Throwable cause) {
    return new CaseRejectedException(
        Reason.MANIFEST_MALFORMED, CaseBundle.MANIFEST, message, cause);
  }
}
