// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.GuestPolicy;
import io.vmattest.server.policy.GuestTerms;
import io.vmattest.server.policy.Reaction;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.policy.Retention;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.input.JsonInput;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.TreeSet;

/** Policies, both ways. */
public final class PolicyView {
  private static final String FORBIDDEN = "forbidden";
  private static final String EXECUTABLES = "executables";
  private static final String REACTION = "reaction";
  private static final String ROLL_BACK = "rollBackOnDiscrepancy";

  private PolicyView() {}

  public static JsonObject of(VmPolicy policy) {
    AppraisalPolicy appraisal = policy.appraisal();
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("live", JSON.createArrayBuilder(new TreeSet<>(appraisal.live())))
            .add("exact", JSON.createArrayBuilder(new TreeSet<>(appraisal.exact())))
            .add(
                FORBIDDEN, JSON.createArrayBuilder(GuestTerms.names(appraisal.guest().forbidden())))
            .add(
                EXECUTABLES,
                JSON.createArrayBuilder(new TreeSet<>(appraisal.guest().executables())))
            .add("intervalSeconds", policy.interval().toSeconds())
            .add("maxPauseMillis", policy.maxPause().toMillis());
    policy.reaction().addTo(json);
    policy.retention().addTo(json);
    return json.build();
  }

  /**
   * Reads a whole policy; what it leaves out is as in the default.
   *
   * @throws io.vmattest.server.problem.ServiceException with INVALID_REQUEST
   */
  public static VmPolicy read(InputStream body) {
    JsonInput input =
        JsonInput.read(
            body,
            "live",
            "exact",
            FORBIDDEN,
            EXECUTABLES,
            REACTION,
            ROLL_BACK,
            "coolDown",
            "mostRollbacks",
            "rollbackPeriod",
            "intervalSeconds",
            "maxPauseMillis",
            "keepSnapshots",
            "keepFor",
            "keepBytes");
    AppraisalPolicy standard = VmPolicy.DEFAULT.appraisal();
    return new VmPolicy(
        new AppraisalPolicy(
            input.texts("live").orElse(standard.live()),
            input.texts("exact").orElse(standard.exact()),
            new GuestPolicy(
                input
                    .texts(FORBIDDEN)
                    .map(GuestTerms::forbidden)
                    .orElse(standard.guest().forbidden()),
                input.texts(EXECUTABLES).orElse(standard.guest().executables()))),
        Duration.ofSeconds(
            input.whole("intervalSeconds").orElse(VmPolicy.DEFAULT.interval().toSeconds())),
        Duration.ofMillis(
            input.whole("maxPauseMillis").orElse(VmPolicy.DEFAULT.maxPause().toMillis())),
        new Retention(
            input.whole("keepSnapshots"), input.duration("keepFor"), input.whole("keepBytes")),
        reaction(input));
  }

  private static ReactionTerms reaction(JsonInput input) {
    ReactionTerms standard = ReactionTerms.DEFAULT;
    return new ReactionTerms(
        input.text(REACTION).map(PolicyView::reaction).orElseGet(() -> formerReaction(input)),
        input.duration("coolDown").orElse(standard.coolDown()),
        input.whole("mostRollbacks").orElse(standard.mostRollbacks()),
        input.duration("rollbackPeriod").orElse(standard.period()));
  }

  private static Reaction reaction(String name) {
    return Arrays.stream(Reaction.values())
        .filter(reaction -> reaction.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ServiceException(
                    Problem.INVALID_REQUEST,
                    "reaction is one of " + Arrays.toString(Reaction.values())));
  }

  /** As clients said it before there were other reactions; {@code reaction} goes before it. */
  private static Reaction formerReaction(JsonInput input) {
    return input.flag(ROLL_BACK) ? Reaction.ROLL_BACK : Reaction.ALERT;
  }
}
