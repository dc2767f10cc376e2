// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A virtual machine, found by what people call it.
 *
 * @param id libvirt's UUID
 */
public record Vm(UUID id) {
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  /**
   * Finds it.
   *
   * @param idOrName libvirt's UUID, or the name, which must be one VM's; one that is gone from its
   *     host does not count where another has its name
   * @throws IOException also if no VM or several have the name
   */
  public static Vm find(RestClient client, String idOrName) throws IOException {
    if (UUID_TEXT.matcher(idOrName).matches()) {
      return new Vm(UUID.fromString(idOrName));
    }
    List<JsonObject> named =
        present(
            Answers.objects(client.get("/vms"), "vms").stream()
                .filter(vm -> vm.getString("name", "").equals(idOrName))
                .toList());
    if (named.size() != 1) {
      throw new IOException(
          named.isEmpty()
              ? "There is no virtual machine \"" + idOrName + "\"."
              : "Several virtual machines are called \"" + idOrName + "\"; give the identifier.");
    }
    String id = Answers.text(named.get(0), "id");
    if (!UUID_TEXT.matcher(id).matches()) {
      throw new IOException("The server's answer has no UUID as \"id\".");
    }
    return new Vm(UUID.fromString(id));
  }

  private static List<JsonObject> present(List<JsonObject> named) {
    List<JsonObject> there =
        named.stream().filter(vm -> !vm.getString("state", "").equals("ABSENT")).toList();
    return there.isEmpty() ? named : there;
  }

  /** Its path in the API. */
  public String path() {
    return "/vms/" + id;
  }
}
