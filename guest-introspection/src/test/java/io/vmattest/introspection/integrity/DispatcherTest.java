// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.introspection.integrity.Dispatcher.Branch;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DispatcherTest {
  private static final long CODE = 0xffff_ffff_8100_0000L;

  private static List<Branch> branches(String hex) {
    byte[] code = HexFormat.ofDelimiter(" ").parseHex(hex);
    return Dispatcher.branches(code, CODE, target -> target == CODE + 0x100);
  }

  @Test
  void callsJumpsAndConditionalJumpsLeadToTargets() {
    assertEquals(List.of(new Branch(CODE, CODE + 0x100)), branches("e8 fb 00 00 00"));
    assertEquals(List.of(new Branch(CODE + 1, CODE + 0x100)), branches("90 e9 fa 00 00 00"));
    assertEquals(List.of(new Branch(CODE + 1, CODE + 0x100)), branches("0f 84 fa 00 00 00"));
  }

  @Test
  void otherInstructionsAndOtherTargetsAreNone() {
    assertEquals(List.of(), branches("e8 fc 00 00 00"));
    assertEquals(List.of(), branches("90 84 fa 00 00 00"));
    assertEquals(List.of(), branches("e8 fb 00 00"));
  }
}
