// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

/**
 * The software that appraised (draft-ietf-rats-ar4si, 3.3).
 *
 * @param developer who is responsible for the build
 * @param build which one it is
 */
public record VerifierId(String developer, String build) {}
