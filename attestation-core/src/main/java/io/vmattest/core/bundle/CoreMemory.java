// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.report.Digest;

/**
 * What a core holds of a guest's RAM, in the order of addresses, which is that of the RAM block.
 *
 * @param length bytes
 * @param root of the tree over its 4 KiB pages (RFC 6962, 2.1)
 */
public record CoreMemory(long length, Digest root) {}
