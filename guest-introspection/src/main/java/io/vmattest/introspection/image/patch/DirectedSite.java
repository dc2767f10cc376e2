// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.OptionalLong;

/** A site whose branch goes where a pointer in the kernel's data says. */
public sealed interface DirectedSite extends PatchSite
    permits AlternativeSite, ParavirtSite, StaticCallSite, StaticCallTrampoline {
  /** The link-time address of the pointer; empty where the image does not tell. */
  OptionalLong pointer(CodeImage image) throws MalformedImageException;

  /**
   * Where the site branches to, as a link-time address; empty where it holds no branch.
   *
   * @param live exactly the site's bytes
   */
  OptionalLong target(byte[] live);
}
