// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

/**
 * Which kernel runs.
 *
 * @param release as uname -r tells it
 * @param buildId of its image, hexadecimal
 * @param kaslrOffset what its addresses are higher by than linked
 * @param reference the Reference Values that its code was compared with; empty if there are none
 */
public record GuestKernel(String release, String buildId, long kaslrOffset, String reference) {}
