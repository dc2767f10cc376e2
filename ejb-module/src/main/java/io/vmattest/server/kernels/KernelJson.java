// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.kernels;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonObject;

/** A kernel's Reference Values as they stand in the ledger and are answered to clients. */
public final class KernelJson {
  private KernelJson() {}

  public static JsonObject of(Kernel kernel) {
    return JSON.createObjectBuilder()
        .add("release", kernel.release())
        .add("buildId", kernel.buildId())
        .add("text", kernel.text().hex())
        .add("rodata", kernel.rodata().hex())
        .build();
  }
}
