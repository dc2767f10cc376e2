// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.json;

import jakarta.json.spi.JsonProvider;

/** The implementation of Jakarta JSON Processing that there is. */
public final class JsonImplementation {
  /**
   * Looked up once: each static method of {@link jakarta.json.Json} looks it up anew, which in a
   * server takes milliseconds, many times in the course of a capture.
   */
  public static final JsonProvider JSON = JsonProvider.provider();

  private JsonImplementation() {}
}
