// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

/**
 * A loaded module.
 *
 * @param size bytes that it takes in the kernel
 */
public record GuestModule(String name, long size) {}
