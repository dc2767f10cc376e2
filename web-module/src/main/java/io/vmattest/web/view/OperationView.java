// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.operations.Operation;
import io.vmattest.server.problem.Problem;
import io.vmattest.web.problem.ProblemResponse;
import io.vmattest.web.problem.ProblemStatus;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Arrays;

/** Long work. */
public final class OperationView {
  private static final int INTERNAL = 500;

  private OperationView() {}

  public static JsonObject of(Operation operation, String instance) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("id", operation.id().toString())
            .add("kind", operation.kind())
            .add("state", operation.state().name())
            .add("step", operation.step())
            .add("fraction", operation.fraction())
            .add("startedAt", operation.startedAt().toString());
    operation.vm().ifPresent(vm -> json.add("vm", vm.toString()));
    if (operation.state() == Operation.State.SUCCEEDED) {
      json.add("result", operation.result());
    }
    operation.failure().ifPresent(failure -> json.add("problem", problem(failure, instance)));
    return json.build();
  }

  private static JsonObject problem(Operation.Failure failure, String instance) {
    int status =
        Arrays.stream(Problem.values())
            .filter(problem -> problem.name().equals(failure.reason()))
            .findFirst()
            .map(ProblemStatus::of)
            .orElse(INTERNAL);
    return ProblemResponse.json(status, failure.reason(), failure.detail(), instance);
  }
}
