// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * An entry of the ledger as a server's JSON has it, with its body.
 *
 * @param hash that was stored beside it
 */
public record EntryAnswer(LedgerEntryData data, Digest hash, byte[] body) {
  /**
   * @throws IOException if the answer is of another form
   */
  public static EntryAnswer of(JsonObject entry) throws IOException {
    return new EntryAnswer(data(entry), digest(entry, "entryHash"), body(entry));
  }

  private static LedgerEntryData data(JsonObject entry) throws IOException {
    try {
      return new LedgerEntryData(
          Answers.integer(entry, "index"),
          LedgerEntryData.Type.valueOf(Answers.text(entry, "type")),
          Instant.parse(Answers.text(entry, "at")),
          entry.containsKey("vm")
              ? Optional.of(UUID.fromString(Answers.text(entry, "vm")))
              : Optional.empty(),
          digest(entry, "bodyDigest"),
          digest(entry, "previousHash"));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException("The server's answer holds what is no entry of a ledger.", e);
    }
  }

  private static byte[] body(JsonObject entry) throws IOException {
    try {
      return Base64.getUrlDecoder().decode(Answers.text(entry, "body"));
    } catch (IllegalArgumentException e) {
      throw new IOException("The server's answer has no base64url as \"body\".", e);
    }
  }

  /** A digest in hexadecimal. */
  public static Digest digest(JsonObject answer, String member) throws IOException {
    try {
      return Digest.ofHex(Answers.text(answer, member));
    } catch (IllegalArgumentException e) {
      throw new IOException("The server's answer has no digest as \"" + member + "\".", e);
    }
  }
}
