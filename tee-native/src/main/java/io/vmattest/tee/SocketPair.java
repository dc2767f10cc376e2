// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** Two connected stream sockets: one for {@link Capture#readStream}, one for the hypervisor. */
public final class SocketPair implements AutoCloseable {
  private final NativeFile module;
  private final NativeFile hypervisor;

  private SocketPair(NativeFile module, NativeFile hypervisor) {
    this.module = module;
    this.hypervisor = hypervisor;
  }

  public static SocketPair create() throws TeeException {
    int[] descriptors = new int[2];
    int result = NativeLibrary.get().vmtee_socketpair(descriptors);
    if (result < 0) {
      throw TeeException.ofStorage(-result, NativeLibrary.get().vmtee_detail());
    }
    return new SocketPair(
        NativeFile.ofDescriptor(descriptors[0]), NativeFile.ofDescriptor(descriptors[1]));
  }

  /** The module's end. */
  public NativeFile module() {
    return module;
  }

  /**
   * The hypervisor's end. It must be closed here once the hypervisor has it, or its death goes
   * unnoticed.
   */
  public NativeFile hypervisor() {
    return hypervisor;
  }

  @Override
  public void close() {
    module.close();
    hypervisor.close();
  }
}
