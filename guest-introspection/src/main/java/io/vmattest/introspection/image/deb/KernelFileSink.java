// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.deb;

import io.vmattest.introspection.image.MalformedImageException;

/** Takes the files of a kernel package, one at a time and in the package's order. */
@FunctionalInterface
public interface KernelFileSink {
  void accept(KernelFile file) throws MalformedImageException;
}
