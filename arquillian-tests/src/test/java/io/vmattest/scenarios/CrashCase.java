// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.util.List;
import java.util.stream.Stream;

/**
 * What dies where, in a rollback whose transaction is meant to commit or is refused at its end.
 *
 * @param refused whether the ledger refuses the entry, so that the transaction rolls back
 */
record CrashCase(Victim victim, Waypoint point, boolean refused) {
  /** What dies. */
  enum Victim {
    SERVER,
    LIBVIRTD,
    QEMU
  }

  /** On the way to the decision, and behind it. */
  private static final List<Waypoint> COMMITTING =
      Stream.of(Waypoint.values())
          .filter(point -> point.compareTo(Waypoint.BEFORE_ROLLBACK) < 0)
          .toList();

  private static final List<Waypoint> UNDOING =
      List.of(
          Waypoint.BEFORE_ROLLBACK,
          Waypoint.RESTORED_DESTROYED,
          Waypoint.BEFORE_RESUME,
          Waypoint.AFTER_RESUME,
          Waypoint.BRANCH_REMOVED,
          Waypoint.AFTER_ROLLBACK);

  /** Where libvirtd is needed afterwards. */
  private static final List<Waypoint> LIBVIRTD =
      List.of(
          Waypoint.SUSPECT_CAPTURED,
          Waypoint.SUSPECT_KILLED,
          Waypoint.SUSPECT_DESTROYED,
          Waypoint.GUEST_RESTORED,
          Waypoint.BEFORE_PREPARE,
          Waypoint.BEFORE_COMMIT);

  /** From when on its state is kept until when it runs again: else it is the guest that died. */
  private static final List<Waypoint> QEMU =
      List.of(
          Waypoint.REPLACING_JOURNALLED,
          Waypoint.GUEST_RESTORED,
          Waypoint.GUEST_COMPARED,
          Waypoint.BEFORE_PREPARE,
          Waypoint.BEFORE_COMMIT);

  static Stream<CrashCase> all() {
    return Stream.of(
            cases(Victim.SERVER, COMMITTING, false),
            cases(Victim.SERVER, UNDOING, true),
            cases(Victim.LIBVIRTD, LIBVIRTD, false),
            cases(Victim.LIBVIRTD, List.of(Waypoint.BEFORE_ROLLBACK), true),
            cases(Victim.QEMU, QEMU, false),
            cases(Victim.QEMU, List.of(Waypoint.BEFORE_ROLLBACK), true))
        .flatMap(cases -> cases);
  }

  /** Those that end by what the database, too, has prepared. */
  boolean isDatabasesToo() {
    return victim == Victim.SERVER
        && (refused
            ? point == Waypoint.BEFORE_ROLLBACK
            : point.compareTo(Waypoint.PREPARED_JOURNALLED) >= 0
                && point.compareTo(Waypoint.BEFORE_COMMIT) <= 0);
  }

  private static Stream<CrashCase> cases(Victim victim, List<Waypoint> points, boolean refused) {
    return points.stream().map(point -> new CrashCase(victim, point, refused));
  }

  /** How it ends: for a server by the decision in its log, else by what the server can mend. */
  boolean rolledBack() {
    return !refused
        && switch (victim) {
          case SERVER -> point.compareTo(Waypoint.DECIDED) >= 0;
          case LIBVIRTD -> point.compareTo(Waypoint.BEFORE_PREPARE) >= 0;
          // The suspect is not needed once it is kept, and a compared guest is restored again.
          case QEMU ->
              point == Waypoint.REPLACING_JOURNALLED
                  || point.compareTo(Waypoint.BEFORE_PREPARE) >= 0;
        };
  }

  @Override
  public String toString() {
    return victim + " dies at " + point.label() + (refused ? " of a refused one" : "");
  }
}
