// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** Arrays of the module's structures. */
final class NativeArrays {
  private NativeArrays() {}

  /** An array of page runs, side by side in memory. */
  static VmteeLibrary.NativePageRun[] pageRuns(int count) {
    return (VmteeLibrary.NativePageRun[]) new VmteeLibrary.NativePageRun().toArray(count);
  }
}
