// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.tee.StorageException;
import java.io.IOException;
import java.lang.reflect.Constructor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FailuresTest {
  /** EFBIG, ENOSPC, EDQUOT; EIO. */
  @ParameterizedTest
  @CsvSource({"27,STORAGE_FULL", "28,STORAGE_FULL", "122,STORAGE_FULL", "5,CAPTURE_FAILED"})
  void whatTheModuleCannotWriteForWantOfRoomIsToldSo(int errno, Reason reason) throws Exception {
    assertEquals(reason, Failures.of(Reason.CAPTURE_FAILED, storage(errno)).reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {"No space left on device", "Disk quota exceeded", "File too large"})
  void whatJavaCannotWriteForWantOfRoomIsToldSo(String message) {
    IOException full = new IOException("/var/x: " + message);
    assertEquals(Reason.STORAGE_FULL, Failures.of(Reason.CAPTURE_FAILED, full).reason());
  }

  /** Only the module makes them. */
  private static StorageException storage(int errno) throws ReflectiveOperationException {
    Constructor<StorageException> maker =
        StorageException.class.getDeclaredConstructor(int.class, String.class);
    maker.setAccessible(true);
    return maker.newInstance(errno, "writing");
  }
}
