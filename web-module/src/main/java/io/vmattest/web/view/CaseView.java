// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.cases.Case;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;

/** Rollbacks that ended, and verdicts with discrepancies. */
public final class CaseView {
  private static final List<String> MEMBERS =
      List.of("report", "observed", "suspect", "restored", "verdict", "reason", "detail");

  private CaseView() {}

  /** Several, in their order. */
  public static JsonObject list(List<Case> cases) {
    JsonArrayBuilder items = JSON.createArrayBuilder();
    cases.forEach(one -> items.add(of(one)));
    return JSON.createObjectBuilder().add("cases", items).build();
  }

  /** One. */
  public static JsonObject of(Case one) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("id", one.index())
            .add("entryHash", one.entry().hash().hex())
            .add("vm", one.vm().toString())
            .add("at", one.entry().data().at().toString())
            .add("outcome", one.outcome())
            .add("summary", one.entry().summary());
    for (String member : MEMBERS) {
      if (one.body().containsKey(member)) {
        json.add(member, one.body().getString(member, ""));
      }
    }
    return json.build();
  }
}
