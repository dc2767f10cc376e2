// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.file.Path;

/** The folder with the snapshots of one VM, beside the pages that they share. */
record VmFolder(Path path, PageStores stores) {
  private static final String PAGES = "pages";

  void make() throws IOException {
    ModuleFolders.make(path.resolve(PAGES));
  }

  PageStore openPages() throws TeeException, HypervisorException {
    return stores.open(path.resolve(PAGES));
  }
}
