// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.tee.NativeFile;
import io.vmattest.tee.TeeException;
import java.util.ArrayList;
import java.util.List;

/** The state folders of several snapshots, open at the same time. */
record StateFolders(List<NativeFile> files) implements AutoCloseable {
  static StateFolders open(List<StoredSnapshot> snapshots) throws TeeException {
    StateFolders folders = new StateFolders(new ArrayList<>());
    boolean all = false;
    try {
      for (StoredSnapshot snapshot : snapshots) {
        folders.files.add(snapshot.state());
      }
      all = true;
      return folders;
    } finally {
      if (!all) {
        folders.close();
      }
    }
  }

  @Override
  public void close() {
    files.forEach(NativeFile::close);
  }
}
