// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SizedCallTest {
  @Test
  void aResultThatNeedsMoreRoomIsAskedForAgain() throws Exception {
    byte[] result =
        SizedCall.result(
            10,
            TeeException::ofCapture,
            (buffer, size, needed) -> {
              assertEquals(buffer.length, size);
              needed.setValue(1000);
              if (size < 1000) {
                return -Errno.ENOBUFS;
              }
              Arrays.fill(buffer, (byte) 7);
              return 0;
            });
    byte[] expected = new byte[1000];
    Arrays.fill(expected, (byte) 7);
    assertArrayEquals(expected, result);
  }

  @Test
  void aSizeThatNeverSettlesIsGivenUp() {
    assertThrows(
        NativeFailureException.class,
        () ->
            SizedCall.result(
                1,
                TeeException::ofCapture,
                (buffer, size, needed) -> {
                  needed.setValue(size * 2);
                  return -Errno.ENOBUFS;
                }));
  }
}
