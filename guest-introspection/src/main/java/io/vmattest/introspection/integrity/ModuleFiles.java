// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.module.ModuleFile;
import java.io.IOException;
import java.util.Optional;

/** The modules that belong to a kernel, by the names that kernels list them by. */
@FunctionalInterface
public interface ModuleFiles {
  /** No modules at all. */
  ModuleFiles NONE = name -> Optional.empty();

  /**
   * @throws MalformedImageException if the file is malformed
   * @throws IOException if the host cannot read it
   */
  Optional<ModuleFile> find(String name) throws IOException, MalformedImageException;
}
