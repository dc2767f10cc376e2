// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.io.IOException;

/** A file that is not an ELF core of a guest, or not one that is supported. */
public final class MalformedCoreException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedCoreException(String message) {
    super(message);
  }
}
