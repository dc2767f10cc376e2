// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.report.AttestationReport.Device;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names the device sections that differ. */
final class DeviceComparison {
  private static final String DEVICES = "devices";

  private DeviceComparison() {}

  static List<Discrepancy> compare(List<Device> expected, List<Device> actual) {
    Map<String, Device> before = byName(expected);
    Map<String, Device> now = byName(actual);
    List<Discrepancy> all = new ArrayList<>();
    before.forEach((name, device) -> compare(name, device, now, all));
    now.forEach(
        (name, device) -> {
          if (!before.containsKey(name)) {
            all.add(
                Discrepancies.of(
                    DEVICES,
                    name,
                    Discrepancies.ABSENT,
                    device.digest().hex(),
                    "Device " + name + " was added."));
          }
        });
    if (all.isEmpty() && !expected.equals(actual)) {
      all.add(
          Discrepancies.of(
              DEVICES,
              "order",
              "as in the baseline",
              "another",
              "The same devices come in another order."));
    }
    return all;
  }

  private static void compare(
      String name, Device before, Map<String, Device> others, List<Discrepancy> all) {
    Device now = others.get(name);
    if (now == null) {
      all.add(
          Discrepancies.of(
              DEVICES,
              name,
              before.digest().hex(),
              Discrepancies.ABSENT,
              "Device " + name + " is gone."));
    } else if (before.version() != now.version()) {
      all.add(
          Discrepancies.of(
              DEVICES,
              name,
              "version " + before.version(),
              "version " + now.version(),
              "Device " + name + " has another version of its state."));
    } else if (!before.digest().equals(now.digest())) {
      all.add(
          Discrepancies.of(
              DEVICES,
              name,
              before.digest().hex(),
              now.digest().hex(),
              "The state of device " + name + " differs."));
    }
  }

  private static Map<String, Device> byName(List<Device> devices) {
    Map<String, Device> named = new LinkedHashMap<>();
    for (Device device : devices) {
      String name = device.section() + "/" + device.instance();
      // A stream may name a section twice; the later ones are told apart by their number.
      for (int n = 2; named.containsKey(name); n++) {
        name = device.section() + "/" + device.instance() + " #" + n;
      }
      named.put(name, device);
    }
    return named;
  }
}
