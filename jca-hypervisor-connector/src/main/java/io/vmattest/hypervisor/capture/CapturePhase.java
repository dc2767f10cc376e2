// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

/** The steps of a live capture, in their order; a capture only ever goes forward. */
enum CapturePhase {
  /** QEMU's settings are changed and the migration is asked for; the guest runs. */
  SETTING_UP,
  /** All of the memory is read once; the guest runs. */
  FIRST_PASS,
  /** What the guest wrote meanwhile is read again; the guest runs. */
  CONVERGENCE,
  /** QEMU has stopped the guest and sends the rest. */
  SWITCHOVER,
  /** Everything is read; the module holds the guest while its disks are switched. */
  DISK_SWITCH,
  /** The switchover was refused or the capture given up: QEMU lets the guest run. */
  RESUMPTION,
  /** QEMU's settings are set back; the guest runs. */
  SETTINGS_BACK
}
