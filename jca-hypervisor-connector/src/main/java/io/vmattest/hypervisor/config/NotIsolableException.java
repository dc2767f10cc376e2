// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

/** A domain has something that cannot be cut off from the outside and kept at the same time. */
public final class NotIsolableException extends Exception {
  private static final long serialVersionUID = 1L;

  NotIsolableException(String message) {
    super(message);
  }
}
