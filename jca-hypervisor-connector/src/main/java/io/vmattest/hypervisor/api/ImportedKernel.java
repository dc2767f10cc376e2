// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;

/**
 * Reference Values of a kernel that a host has.
 *
 * @param release as uname -r tells it
 * @param buildId the linker's, hexadecimal
 * @param text digest of its code in the form that all kernels booted from it share
 * @param rodata the same of its read-only data
 */
public record ImportedKernel(String release, String buildId, Digest text, Digest rodata) {}
