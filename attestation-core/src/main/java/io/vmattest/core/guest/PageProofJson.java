// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.Digest;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;

/** Proofs of pages as JSON. */
public final class PageProofJson {
  private PageProofJson() {}

  /** The block, the page's number, the number of all, its hash and the path, in hexadecimal. */
  public static JsonObjectBuilder write(PageProof proof) {
    JsonArrayBuilder path = JSON.createArrayBuilder();
    proof.inclusion().path().forEach(hash -> path.add(hash.hex()));
    return JSON.createObjectBuilder()
        .add("block", proof.block())
        .add("index", proof.inclusion().index())
        .add("pages", proof.inclusion().size())
        .add("leaf", proof.leaf().hex())
        .add("path", path);
  }

  static PageProof read(JsonObject json) {
    return new PageProof(
        json.getString("block"),
        Digest.ofHex(json.getString("leaf")),
        new InclusionProof(
            json.getJsonNumber("index").longValueExact(),
            json.getJsonNumber("pages").longValueExact(),
            json.getJsonArray("path").getValuesAs(JsonString.class).stream()
                .map(hash -> Digest.ofHex(hash.getString()))
                .toList()));
  }
}
