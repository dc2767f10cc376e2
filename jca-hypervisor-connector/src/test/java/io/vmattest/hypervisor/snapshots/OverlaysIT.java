// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Needs qemu-img, and root to give files away. */
@Tag("guest")
class OverlaysIT {
  @TempDir Path folder;
  private Overlays overlays;
  private Path image;

  @BeforeEach
  void makeImage() throws Exception {
    overlays = new Overlays(StateFolder.at(folder.resolve("state")));
    image = folder.resolve("disk.qcow2");
    Programs.run(List.of("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "1M"));
  }

  @ParameterizedTest
  @CsvSource({"rw-r--r--,rw-------", "rw-rw----,rw-rw----", "rw-rw-rw-,rw-rw----"})
  void othersCannotReadWhatTheGuestWrites(String ofImage, String ofOverlay) throws Exception {
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString(ofImage));
    Path overlay = overlays.create(image, "qcow2", 1 << 20);
    assertEquals(ofOverlay, PosixFilePermissions.toString(Files.getPosixFilePermissions(overlay)));
    assertEquals(
        List.of(overlay, image),
        BackingChain.of(overlay, "qcow2").stream().map(BackingChain.Layer::image).toList());
  }

  @Test
  void anOverlayBelongsToWhomItsImageBelongsTo() throws Exception {
    UserPrincipal nobody =
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
    Files.setOwner(image, nobody);
    assertEquals(nobody, Files.getOwner(overlays.create(image, "qcow2", 1 << 20)));
  }

  @Test
  void aChainThatIsIncompleteIsNoChain() throws Exception {
    Path overlay = overlays.create(image, "qcow2", 1 << 20);
    Files.delete(image);
    assertThrows(IOException.class, () -> BackingChain.of(overlay, "qcow2"));
  }

  @Test
  void anOverlayHasAMarkOfItsOwn() throws Exception {
    Path overlay = overlays.create(image, "qcow2", 1 << 20);
    String mark = Overlays.mark(overlay).orElseThrow();
    assertEquals(Set.of(mark), Overlays.marksIn("json:{\"file\": \"" + overlay + "\"}"));
    assertEquals(Optional.empty(), Overlays.mark(image));
  }
}
