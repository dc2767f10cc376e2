// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import java.util.Optional;

/**
 * The file that a process runs.
 *
 * @param path as /proc/PID/exe, in the task's own mounts
 * @param size bytes
 * @param residentPages how many of its pages, of 4096 bytes each, the guest's page cache has; 0 for
 *     files above the bounds of {@link FileContents}, which are not looked at
 * @param sha256 of the whole file in hexadecimal, if the page cache has all of it
 */
public record Executable(String path, long size, long residentPages, Optional<String> sha256) {}
