// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/** Told how far long work has come. Called on the working thread; must be quick. */
@FunctionalInterface
public interface ProgressListener {
  ProgressListener NONE = (step, fraction) -> {};

  /**
   * @param step what is being done, for people
   * @param fraction 0 to 1 of the whole work
   */
  void progress(String step, double fraction);
}
