// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a check of the store found of one VM.
 *
 * @param snapshots how many were checked
 * @param detail why it was not checked, or why leftovers stay that were to be removed
 */
public record CheckedVm(
    UUID vm,
    State state,
    int snapshots,
    List<Damage> damaged,
    long unneededBytes,
    int unfinished,
    long reclaimedBytes,
    Optional<String> detail) {
  /** More are counted, not listed. */
  private static final int MOST_LISTED = 100;

  private static final int LONGEST_DETAIL = 500;

  /** How it went. */
  public enum State {
    CHECKED,
    /** Somebody works on the VM. */
    SKIPPED,
    FAILED
  }

  /** A snapshot that is not what its report attests, or that no report of the ledger attests. */
  public record Damage(Digest snapshot, String detail) {
    public Damage {
      detail = detail.substring(0, Math.min(detail.length(), LONGEST_DETAIL));
    }
  }

  public CheckedVm {
    damaged = List.copyOf(damaged);
  }

  static CheckedVm not(UUID vm, State state, String why) {
    return new CheckedVm(vm, state, 0, List.of(), 0, 0, 0, Optional.of(why));
  }

  public JsonObject json() {
    JsonArrayBuilder list = JSON.createArrayBuilder();
    damaged.stream()
        .limit(MOST_LISTED)
        .forEach(
            d ->
                list.add(
                    JSON.createObjectBuilder()
                        .add("snapshot", d.snapshot().hex())
                        .add("detail", d.detail())));
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("vm", vm.toString())
            .add("state", state.name())
            .add("snapshots", snapshots)
            .add("damaged", damaged.size())
            .add("damage", list)
            .add("unneededBytes", unneededBytes)
            .add("unfinished", unfinished)
            .add("reclaimedBytes", reclaimedBytes);
    detail.ifPresent(text -> json.add("detail", text));
    return json.build();
  }
}
