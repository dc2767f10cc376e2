// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.result.MalformedResultException;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.ResultRejectedException;
import io.vmattest.core.result.SignedResult;
import io.vmattest.scenarios.Api.Answer;
import java.io.IOException;

/** Signed results as a relying party has them. */
final class Results {
  private Results() {}

  /** That of an entry, by the keys that the server publishes now. */
  static SignedResult verified(Api api, long index) throws IOException {
    return verified(api, bytes(api, "/results/" + index));
  }

  /** The VM's last one, likewise. */
  static SignedResult latest(Vm vm) throws IOException {
    return verified(vm.api(), bytes(vm.api(), vm.path("/results/latest")));
  }

  static SignedResult verified(Api api, byte[] bytes) throws IOException {
    try {
      SignedResult result = SignedResult.parse(bytes);
      result.verify(keys(api));
      return result;
    } catch (MalformedResultException | ResultRejectedException e) {
      throw new AssertionError("no result of the server's", e);
    }
  }

  static ResultKeys keys(Api api) throws IOException {
    Answer pem = api.get("/results/keys", "text/plain");
    assertEquals(200, pem.status(), pem::toString);
    return ResultKeys.ofPem(pem.bytes());
  }

  private static byte[] bytes(Api api, String path) throws IOException {
    Answer answer = api.get(path, "application/eat+cwt");
    assertEquals(200, answer.status(), answer::toString);
    return answer.bytes();
  }
}
