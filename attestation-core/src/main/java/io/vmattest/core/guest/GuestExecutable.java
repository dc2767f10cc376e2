// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import io.vmattest.core.report.Digest;
import java.util.Optional;

/**
 * The file that a process runs.
 *
 * @param path as the guest's /proc tells it, with " (deleted)" behind it if the name is gone
 * @param size bytes of the file
 * @param residentPages how many of its pages, of 4096 bytes each, were in the guest's memory; 0 for
 *     files of more than 64 MiB, which are not looked at
 * @param digest SHA-256 of the whole file, if all of it was in memory
 */
public record GuestExecutable(
    String path, long size, long residentPages, Optional<Digest> digest) {}
