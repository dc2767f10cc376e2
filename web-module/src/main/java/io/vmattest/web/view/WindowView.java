// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.maintenance.Window;
import jakarta.json.JsonObject;

/** Windows of maintenance. */
public final class WindowView {
  private WindowView() {}

  public static JsonObject of(Window window) {
    return JSON.createObjectBuilder()
        .add("why", window.why())
        .add("by", window.by())
        .add("begunAt", window.begunAt().toString())
        .add("until", window.until().toString())
        .build();
  }
}
