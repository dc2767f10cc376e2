// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/** What a task does, as the letter in /proc/PID/stat says it. */
public enum TaskState {
  RUNNING('R'),
  SLEEPING('S'),
  DISK_SLEEP('D'),
  STOPPED('T'),
  TRACED('t'),
  DEAD('X'),
  ZOMBIE('Z'),
  PARKED('P'),
  IDLE('I');

  /** Linux, include/linux/sched.h. */
  static final long UNINTERRUPTIBLE = 0x2;

  static final long EXIT_DEAD = 0x10;
  static final long TASK_DEAD = 0x80;
  static final long TASK_NEW = 0x800;

  private static final long NOLOAD = 0x400;
  private static final long RTLOCK_WAIT = 0x1000;
  private static final long FROZEN = 0x8000;
  private static final long REPORTED = 0x7f;
  private static final TaskState[] BY_HIGHEST_BIT = {
    RUNNING, SLEEPING, DISK_SLEEP, STOPPED, TRACED, DEAD, ZOMBIE, PARKED
  };

  private final char letter;

  TaskState(char letter) {
    this.letter = letter;
  }

  public char letter() {
    return letter;
  }

  /** The kernel's __task_state_index. */
  static TaskState of(long state, long exitState) {
    if ((state & (UNINTERRUPTIBLE | NOLOAD)) == (UNINTERRUPTIBLE | NOLOAD)) {
      return IDLE;
    }
    if ((state & (RTLOCK_WAIT | FROZEN)) != 0) {
      return DISK_SLEEP;
    }
    long reported = (state | exitState) & REPORTED;
    return BY_HIGHEST_BIT[Long.SIZE - Long.numberOfLeadingZeros(reported)];
  }
}
