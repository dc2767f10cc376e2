// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.kernels;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.ImportedKernel;

/**
 * Reference Values of a kernel.
 *
 * @param release as uname -r tells it
 * @param buildId the linker's, hexadecimal
 * @param text digest of its code in the form that all kernels booted from it share
 * @param rodata the same of its read-only data
 */
public record Kernel(String release, String buildId, Digest text, Digest rodata) {
  static Kernel of(ImportedKernel kernel) {
    return new Kernel(kernel.release(), kernel.buildId(), kernel.text(), kernel.rodata());
  }
}
