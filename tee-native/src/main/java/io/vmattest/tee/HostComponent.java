// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * A component that the host measured or derived.
 *
 * @param name such as {@code config} or {@code disk/vda}
 * @param digest of its content
 * @param size bytes of its content
 */
public record HostComponent(String name, Sha256Digest digest, long size) {}
