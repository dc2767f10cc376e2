// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Callback;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps deregistered callbacks for a while: the event loop may just be calling one. */
final class RetiredCallbacks {
  private static final int KEPT = 1024;
  private static final Deque<Callback> CALLBACKS = new ArrayDeque<>();

  private RetiredCallbacks() {}

  static void keep(Callback callback) {
    synchronized (CALLBACKS) {
      CALLBACKS.addLast(callback);
      if (CALLBACKS.size() > KEPT) {
        CALLBACKS.removeFirst();
      }
    }
  }
}
