// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.TlogProof;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A file as a manifest lists it.
 *
 * @param size bytes
 */
public record CaseFile(String name, String mediaType, long size, Digest sha256) {
  /** Where the state in question and the baseline differ. */
  public static final String DIFFERENCES = "differences.json";

  /** The memory of the state in question as ELF core: never in the zip file, but beside it. */
  public static final String CORE = "suspect.core";

  private static final String JSON = "application/json";
  private static final String OCTETS = "application/octet-stream";
  private static final int SMALL = 1 << 16;
  private static final int LARGE = 1 << 20;

  private static final Map<String, Kind> KINDS = kinds();

  /**
   * What a name stands for.
   *
   * @param most bytes
   */
  public record Kind(String mediaType, long most) {}

  /** The kind of a name; empty if no bundle has a file of that name. */
  public static Optional<Kind> kind(String name) {
    return Optional.ofNullable(KINDS.get(name));
  }

  /**
   * @throws IllegalArgumentException if no bundle has a file of that name
   */
  static CaseFile of(String name, byte[] bytes) {
    Kind kind =
        kind(name).orElseThrow(() -> new IllegalArgumentException("no file of a case: " + name));
    return new CaseFile(name, kind.mediaType(), bytes.length, Digest.sha256(bytes));
  }

  /**
   * The memory of the state in question.
   *
   * @param size bytes of the whole core
   */
  public static CaseFile core(long size, Digest sha256) {
    return new CaseFile(CORE, OCTETS, size, sha256);
  }

  private static Map<String, Kind> kinds() {
    Map<String, Kind> kinds = new TreeMap<>();
    for (CasePart part : CasePart.values()) {
      kinds.put(part.body(), body(part));
      kinds.put(part.entry(), new Kind("application/cbor", EntryBundle.MAX_ENTRY_SIZE));
      kinds.put(part.proof(), new Kind("text/plain;charset=utf-8", TlogProof.MAX_SIZE));
      if (part.isReport()) {
        kinds.put(part.keyEvidence(), new Kind("application/cbor", LARGE));
        kinds.put(part.enrolment(), new Kind("application/cose", LARGE));
      }
    }
    kinds.put(DIFFERENCES, new Kind(JSON, 2L * LARGE));
    kinds.put(CORE, new Kind(OCTETS, Long.MAX_VALUE));
    return Collections.unmodifiableMap(kinds);
  }

  private static Kind body(CasePart part) {
    return switch (part.type()) {
      case REPORT -> new Kind(SignedReport.MEDIA_TYPE, SignedReport.MAX_SIZE);
      case VERDICT -> new Kind(SignedResult.MEDIA_TYPE, SignedResult.MAX_SIZE);
      default -> new Kind(JSON, SMALL);
    };
  }
}
