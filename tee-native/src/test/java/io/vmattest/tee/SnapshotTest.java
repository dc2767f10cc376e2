// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String XML = "<domain type='qemu'><name>vm</name></domain>";

  @TempDir Path directory;
  @TempDir Path elsewhere;

  private static Sha256Digest digest(Capture capture) throws TeeException {
    return Sha256Digest.of(
        CBORObject.DecodeFromBytes(capture.claims().cbor()).get(8).GetByteString());
  }

  /** Saves the recorded machine; answers the digest that its report would attest. */
  private Sha256Digest saved() throws Exception {
    try (Capture capture = RecordedCapture.measured();
        NativeFile folder = NativeFile.openDirectory(directory)) {
      new Snapshot(folder).save(capture);
      return digest(capture);
    }
  }

  private byte[] restored(Sha256Digest digest) throws Exception {
    Path image = Files.createTempFile(elsewhere, "image", "");
    Files.delete(image);
    try (NativeFile folder = NativeFile.openDirectory(directory);
        NativeFile output = NativeFile.create(image)) {
      new Snapshot(folder).restore(digest, XML, output, PATIENCE);
    }
    return Files.readAllBytes(image);
  }

  @Test
  void aSnapshotOpensAsTheCaptureItWasSavedFrom() throws Exception {
    Sha256Digest digest = saved();
    try (Capture original = RecordedCapture.measured();
        NativeFile folder = NativeFile.openDirectory(directory);
        Capture opened = new Snapshot(folder).open(digest)) {
      assertEquals(new PageDifferences(List.of(), 0), original.differences(opened, 10));
      assertArrayEquals(components(original), components(opened));
    }
  }

  private static byte[] components(Capture capture) throws TeeException {
    return CBORObject.DecodeFromBytes(capture.claims().cbor()).get(4).EncodeToBytes();
  }

  @Test
  void theSaveImageIsWhatLibvirtReads() throws Exception {
    byte[] image = restored(saved());
    assertEquals("LibvirtQemudSave", new String(image, 0, 16, StandardCharsets.US_ASCII));
    assertTrue(new String(image, StandardCharsets.ISO_8859_1).contains(XML + "\0"));
    assertTrue(new String(image, StandardCharsets.ISO_8859_1).contains("QEVM"));
  }

  @Test
  void anotherDigestIsRefused() throws Exception {
    saved();
    Sha256Digest other = Sha256Digest.of(new byte[Sha256Digest.SIZE]);
    assertThrows(TamperedSnapshotException.class, () -> restored(other));
    try (NativeFile folder = NativeFile.openDirectory(directory)) {
      assertThrows(TamperedSnapshotException.class, () -> new Snapshot(folder).open(other));
    }
  }

  @Test
  void aFlippedBitInAnyFileIsFound() throws Exception {
    Sha256Digest digest = saved();
    for (Path file : files()) {
      byte[] good = Files.readAllBytes(file);
      for (int position : new int[] {0, good.length / 2, good.length - 1}) {
        byte[] bad = good.clone();
        bad[position] ^= 1;
        Files.write(file, bad);
        assertThrows(
            TamperedSnapshotException.class, () -> restored(digest), () -> file + " " + position);
      }
      Files.write(file, Arrays.copyOf(good, good.length - 1));
      assertThrows(TeeException.class, () -> restored(digest), file::toString);
      Files.write(file, good);
    }
    assertTrue(restored(digest).length > 0);
  }

  @Test
  void aDamagedPageIsNamed() throws Exception {
    Sha256Digest digest = saved();
    Path ram = directory.resolve("ram.img");
    byte[] bytes = Files.readAllBytes(ram);
    bytes[0x10000 + 5] ^= 1;
    Files.write(ram, bytes);
    TamperedSnapshotException e =
        assertThrows(TamperedSnapshotException.class, () -> restored(digest));
    assertEquals(Optional.of(new PageRun("microvm.ram", 0x10000, 1)), e.badPages());
  }

  @Test
  void damageOutsideOfThePagesNamesNone() throws Exception {
    Sha256Digest digest = saved();
    Files.delete(directory.resolve("devices.bin"));
    TamperedSnapshotException e =
        assertThrows(TamperedSnapshotException.class, () -> restored(digest));
    assertEquals(Optional.empty(), e.badPages());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> list = Files.list(directory)) {
      return list.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void aDirectoryThatIsNotEmptyIsNotOverwritten() throws Exception {
    saved();
    assertThrows(StorageException.class, this::saved);
  }
}
