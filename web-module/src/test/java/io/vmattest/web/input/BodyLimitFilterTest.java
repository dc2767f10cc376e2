// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.web.problem.BodyTooLargeException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyLimitFilterTest {
  private String path = "/vms";
  private InputStream entity = InputStream.nullInputStream();

  @ParameterizedTest
  @ValueSource(strings = {"65537", "2147483648", "3000000000", "99999999999999999999"})
  void anAnnouncedLengthOverTheLimitIsRefusedHoweverGreat(String length) {
    assertThrows(BodyTooLargeException.class, () -> filter(length, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2", "65536"})
  void aLengthWithinTheLimitIsRead(String length) {
    filter(length, 2);
    assertDoesNotThrow(() -> entity.readAllBytes());
  }

  @Test
  void aBodyWithoutAnnouncedLengthIsCounted() {
    filter(null, BodyLimitFilter.LIMIT);
    assertDoesNotThrow(() -> entity.readAllBytes());
    filter(null, BodyLimitFilter.LIMIT + 1);
    assertThrows(BodyTooLargeException.class, () -> entity.readAllBytes());
  }

  @Test
  void aKernelPackageMayBeLarger() {
    path = "/kernels";
    filter("268435456", 65537);
    assertDoesNotThrow(() -> entity.readAllBytes());
    assertThrows(BodyTooLargeException.class, () -> filter("268435457", 0));
  }

  private void filter(@Nullable String length, int bytes) {
    entity = new ByteArrayInputStream(new byte[bytes]);
    new BodyLimitFilter().filter(request(length));
  }

  private UriInfo uri() {
    return (UriInfo)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {UriInfo.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getPath")) {
                return path;
              }
              throw new UnsupportedOperationException(method.getName());
            });
  }

  private ContainerRequestContext request(@Nullable String length) {
    return (ContainerRequestContext)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ContainerRequestContext.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  // What RESTEasy does.
                  case "getLength" -> Integer.parseInt(length == null ? "-1" : length);
                  case "getHeaderString" -> length;
                  case "getUriInfo" -> uri();
                  case "getEntityStream" -> entity;
                  case "setEntityStream" -> {
                    entity = (InputStream) arguments[0];
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }
}
