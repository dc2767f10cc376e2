// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import jakarta.enterprise.concurrent.ManagedExecutorService;
import java.lang.reflect.Proxy;
import java.util.concurrent.Executor;

/** The container's executor, as far as the server uses it: it executes. */
public final class StandInExecutor {
  private StandInExecutor() {}

  /** One that hands everything to another. */
  public static ManagedExecutorService of(Executor executor) {
    return (ManagedExecutorService)
        Proxy.newProxyInstance(
            StandInExecutor.class.getClassLoader(),
            new Class<?>[] {ManagedExecutorService.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("execute")) {
                throw new UnsupportedOperationException(method.getName());
              }
              executor.execute((Runnable) arguments[0]);
              return null;
            });
  }
}
