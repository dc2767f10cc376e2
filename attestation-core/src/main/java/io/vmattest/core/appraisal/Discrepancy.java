// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.PageProof;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One difference between a Baseline and the current state.
 *
 * @param component the component it lies in, e.g. memory, cpu/control, config
 * @param severity how grave it is
 * @param subject what differs: a register ("vcpu0 CR4"), a RAM block, a device section, an XML path
 * @param block RAM block, for memory
 * @param offset bytes into the RAM block, for memory
 * @param guestPhysicalAddress where the block is mapped into guest physical memory
 * @param length bytes that the discrepancy covers, for memory
 * @param address where, in the guest kernel's virtual memory
 * @param proof that the page it lies in is part of what the current report attests
 * @param expected the Baseline's value, for people
 * @param actual the current value, for people
 * @param explanation one sentence
 */
public record Discrepancy(
    String component,
    Severity severity,
    String subject,
    Optional<String> block,
    OptionalLong offset,
    OptionalLong guestPhysicalAddress,
    OptionalLong length,
    OptionalLong address,
    Optional<PageProof> proof,
    String expected,
    String actual,
    String explanation) {}
