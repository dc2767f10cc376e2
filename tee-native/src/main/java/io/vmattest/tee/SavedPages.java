// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * What keeping a capture cost.
 *
 * @param pages of the snapshot
 * @param newPages that the store did not have
 * @param bytes that were added to the store
 */
public record SavedPages(long pages, long newPages, long bytes) {}
