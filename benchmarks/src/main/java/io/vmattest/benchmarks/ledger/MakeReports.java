// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes reports into a file, and the root that vouches for their key into another (PEM).
 *
 * <p>Arguments: file, root file, PKCS#12 of the enroller, its password's file, number of VMs,
 * number of reports of each. The file has, for every report, the VM's identifier (two longs), the
 * digest (32 bytes), the report and its configuration (each a length in 4 bytes and the bytes); the
 * VMs take turns.
 */
public final class MakeReports {
  private MakeReports() {}

  public static void main(String[] args) throws Exception {
    char[] password = Files.readString(Path.of(args[3])).strip().toCharArray();
    KeyStore enroller = KeyStore.getInstance(Path.of(args[2]).toFile(), password);
    String alias = enroller.aliases().nextElement();
    MadeReports maker =
        new MadeReports(
            (PrivateKey) enroller.getKey(alias, password),
            (X509Certificate) enroller.getCertificate(alias));
    Files.writeString(Path.of(args[1]), pem(maker.root().getEncoded()));
    write(Path.of(args[0]), maker, Integer.parseInt(args[4]), Integer.parseInt(args[5]));
  }

  private static void write(Path file, MadeReports maker, int machines, int each) throws Exception {
    List<UUID> vms = new ArrayList<>();
    List<Optional<Digest>> last = new ArrayList<>();
    for (int i = 0; i < machines; i++) {
      vms.add(UUID.randomUUID());
      last.add(Optional.empty());
    }
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 20))) {
      for (long sequence = 1; sequence <= each; sequence++) {
        for (int i = 0; i < machines; i++) {
          SignedReport report = maker.report(vms.get(i), sequence, last.get(i));
          last.set(i, Optional.of(report.digest()));
          write(out, vms.get(i), report);
        }
        System.err.printf("\rreports: %d of %d", sequence * machines, (long) machines * each);
      }
    }
    System.err.println();
  }

  private static void write(DataOutputStream out, UUID vm, SignedReport report) throws IOException {
    out.writeLong(vm.getMostSignificantBits());
    out.writeLong(vm.getLeastSignificantBits());
    out.write(report.digest().bytes());
    write(out, report.encoded());
    write(out, MadeReports.config(vm).getBytes(StandardCharsets.UTF_8));
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String pem(byte[] der) {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END CERTIFICATE-----\n";
  }
}
