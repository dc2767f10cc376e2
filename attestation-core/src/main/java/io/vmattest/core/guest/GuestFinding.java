// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Something in a guest that is not as it should be.
 *
 * @param kind such as TEXT_PATCHED, TASK_HIDDEN
 * @param severity INFO, WARNING or CRITICAL
 * @param subject in the guest's terms, such as {@code __x64_sys_kill+0x5}
 * @param address virtual; 0 if it has no place
 * @param page guest physical address of the page that holds it
 * @param proof that the page is part of what the report attests; some of many findings have one
 */
public record GuestFinding(
    String kind,
    String severity,
    String subject,
    String expected,
    String found,
    long address,
    OptionalLong page,
    Optional<PageProof> proof) {
  public static final String CRITICAL = "CRITICAL";

  public boolean isCritical() {
    return severity.equals(CRITICAL);
  }
}
