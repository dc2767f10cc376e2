// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.TeeException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** How the page store of a VM is opened. */
public final class PageStores {
  /** The module's name for the sealed data key of an encrypted store. */
  private static final String DATA_KEY = "store.key";

  /** Opens an encrypted store by the TPM. */
  @FunctionalInterface
  public interface Unsealer {
    PageStore open(NativeFile directory) throws TeeException, HypervisorException;
  }

  private final boolean encrypt;
  private final Unsealer unsealer;

  /**
   * @param encrypt whether what is written from now on shall be encrypted; a store that is once,
   *     stays so
   */
  public PageStores(boolean encrypt, Unsealer unsealer) {
    this.encrypt = encrypt;
    this.unsealer = unsealer;
  }

  /** The caller holds the VM's lock, unless it only opens or compares snapshots. */
  PageStore open(Path directory) throws TeeException, HypervisorException {
    try (NativeFile file = NativeFile.openDirectory(directory)) {
      boolean sealed = Files.exists(directory.resolve(DATA_KEY), LinkOption.NOFOLLOW_LINKS);
      return encrypt || sealed ? unsealer.open(file) : PageStore.open(file);
    }
  }
}
