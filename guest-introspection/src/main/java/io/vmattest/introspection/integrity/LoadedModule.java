// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import java.util.Map;

/**
 * A module as the guest's kernel lists it; addresses are live.
 *
 * @param address of its struct module
 * @param text where its code begins
 * @param textSize of its code, in whole pages
 * @param sections addresses by the names of sections
 */
record LoadedModule(
    String name,
    long address,
    boolean isLive,
    long text,
    long textSize,
    Map<String, Long> sections) {
  LoadedModule {
    sections = Map.copyOf(sections);
  }
}
