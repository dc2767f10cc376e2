// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/** Finds virtual machines by what people call them. */
public final class Vms {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private Vms() {}

  /**
   * The API's path of a VM.
   *
   * @param idOrName libvirt's UUID, or the name, which must be one VM's; one that is gone from its
   *     host does not count where another has its name
   * @throws IOException also if no VM or several have the name
   */
  public static String path(RestClient client, String idOrName) throws IOException {
    if (UUID.matcher(idOrName).matches()) {
      return "/vms/" + RestClient.escape(idOrName);
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
    return "/vms/" + RestClient.escape(Answers.text(named.get(0), "id"));
  }

  private static List<JsonObject> present(List<JsonObject> named) {
    List<JsonObject> there =
        named.stream().filter(vm -> !vm.getString("state", "").equals("ABSENT")).toList();
    return there.isEmpty() ? named : there;
  }
}
