// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** {@code vmtee_client.h}: all of the module, done by vmteed. */
interface VmteeClientLibrary extends VmteeLibrary {
  int vmtee_client_use(String socketPath);
}
