// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * An image in memory for the hypervisor to write a stopped guest's complete state into, and for
 * {@link Capture#readVmstate} to read it from.
 */
public final class VmstateImage implements AutoCloseable {
  private final NativeFile file;

  private VmstateImage(NativeFile file) {
    this.file = file;
  }

  /** An empty qcow2 image. */
  public static VmstateImage create() throws TeeException {
    int[] descriptor = new int[1];
    int result = NativeLibrary.get().vmtee_vmstate_image(descriptor);
    if (result < 0) {
      throw TeeException.ofStorage(-result, NativeLibrary.get().vmtee_detail());
    }
    return new VmstateImage(NativeFile.ofDescriptor(descriptor[0]));
  }

  /** What is passed to the hypervisor. */
  public int descriptor() {
    return file.descriptor();
  }

  @Override
  public void close() {
    file.close();
  }
}
