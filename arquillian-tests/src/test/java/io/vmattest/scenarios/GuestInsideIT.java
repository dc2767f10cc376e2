// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is seen inside a guest, from the kernel's package to the verdict. */
@ExtendWith(ArquillianExtension.class)
class GuestInsideIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Testbed testbed = Testbed.get();

  @Test
  void aGuestIsComparedWithItsDistributionsKernelAndHeldToItsPolicy() throws IOException {
    try (Guest guest = Guest.start(testbed, "inside");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = new Vm(Api.as(testbed, "admin"), guest.id());
      JsonObject kernel =
          Vm.expect(200, vm.api().upload("/kernels", testbed.guestCache().resolve("kernel.deb")));
      Await.until("its event", SOON, () -> events.count("KERNEL_IMPORTED") == 1);
      JsonObject baseline = vm.attestAsBaseline();
      assertEquals(
          kernel.getString("text"), component(baseline, "kernel/text"), baseline::toString);
      JsonObject seen = inside(vm, baseline.getString("digest"));
      assertEquals(
          kernel.getString("release"), seen.getJsonObject("kernel").getString("reference"));
      assertEquals(List.of(), List.copyOf(seen.getJsonArray("findings")), seen::toString);
      assertTrue(names(seen).contains("init"), seen::toString);
      assertEquals("VERIFIED", vm.verify().getString("verdict"));

      Vm.expect(200, vm.api().put(vm.path("/policy"), "{\"executables\": [\"/usr/bin/*\"]}"));
      JsonObject verification = vm.verify();
      assertEquals("DISCREPANT", verification.getString("verdict"));
      JsonObject first = verification.getJsonArray("discrepancies").getJsonObject(0);
      assertEquals("processes", first.getString("component"), first::toString);
      String busybox = first.getString("actual");
      assertTrue(busybox.startsWith("/bin/busybox sha256:"), first::toString);
      assertEquals("CRITICAL", first.getString("severity"), first::toString);
      Vm.expect(200, vm.api().put(vm.path("/policy"), "{\"executables\": [\"" + busybox + "\"]}"));
      assertEquals("VERIFIED", vm.verify().getString("verdict"), "it is allowed by its digest");
      assertDiffers(vm, baseline.getString("digest"), verification.getString("report"));
      Await.until(
          "a program that its init started, or that ended",
          SOON,
          () -> tellsOfProcesses(vm, baseline.getString("digest")));
    }
  }

  /** The memory of a guest that runs always does. */
  private static void assertDiffers(Vm vm, String first, String second) throws IOException {
    JsonObject differences =
        Vm.expect(200, vm.api().get("/attestations/" + first + "/differences/" + second));
    assertTrue(
        differences.getJsonArray("discrepancies").getValuesAs(JsonObject.class).stream()
            .anyMatch(d -> d.getString("component").equals("memory")),
        differences::toString);
    assertEquals(
        403,
        Api.as(Testbed.get(), "viewer").get("/attestations/" + first + "/guest").status(),
        "command lines and addresses are not for every viewer");
  }

  /** Whether one differs by now from those of the report, as ordinary work brings it about. */
  private static boolean tellsOfProcesses(Vm vm, String report) {
    try {
      String later = vm.verify().getString("report");
      return Vm.expect(200, vm.api().get("/attestations/" + report + "/differences/" + later))
          .getJsonArray("discrepancies")
          .getValuesAs(JsonObject.class)
          .stream()
          .filter(d -> d.getString("severity").equals("INFO"))
          .anyMatch(d -> d.getString("component").equals("processes"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonObject inside(Vm vm, String report) throws IOException {
    return Vm.expect(200, vm.api().get("/attestations/" + report + "/guest"))
        .getJsonObject("guest");
  }

  private static List<String> names(JsonObject seen) {
    return seen.getJsonArray("tasks").getValuesAs(JsonObject.class).stream()
        .map(task -> task.getString("name"))
        .toList();
  }

  private static String component(JsonObject report, String name) {
    return report.getJsonArray("components").getValuesAs(JsonObject.class).stream()
        .filter(c -> c.getString("name").equals(name))
        .findFirst()
        .orElseThrow()
        .getString("digest");
  }
}
