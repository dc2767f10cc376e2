// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.tee.testing.EmulatedTpm;
import java.io.IOException;
import java.nio.ByteBuffer;
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

class PageStoreTest {
  private static final int PACK_HEADER = 32;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String XML = "<domain type='qemu'><name>vm</name></domain>";

  @TempDir Path packs;
  @TempDir Path directory;
  @TempDir Path elsewhere;

  private static Sha256Digest digest(Capture capture) throws TeeException {
    return Sha256Digest.of(
        CBORObject.DecodeFromBytes(capture.claims().cbor()).get(8).GetByteString());
  }

  private PageStore store() throws TeeException {
    try (NativeFile folder = NativeFile.openDirectory(packs)) {
      return PageStore.open(folder);
    }
  }

  /** Saves the recorded machine; answers the digest that its report would attest. */
  private Sha256Digest saved() throws Exception {
    try (Capture capture = RecordedCapture.measured();
        PageStore store = store();
        NativeFile folder = NativeFile.openDirectory(directory)) {
      store.save(capture, folder, 0);
      return digest(capture);
    }
  }

  private byte[] restored(Sha256Digest digest) throws Exception {
    Path image = Files.createTempFile(elsewhere, "image", "");
    Files.delete(image);
    try (PageStore store = store();
        NativeFile folder = NativeFile.openDirectory(directory);
        NativeFile output = NativeFile.create(image)) {
      store.restore(folder, digest, XML, output, PATIENCE);
    }
    return Files.readAllBytes(image);
  }

  @Test
  void aSnapshotOpensAsTheCaptureItWasSavedFrom() throws Exception {
    Sha256Digest digest = saved();
    try (Capture original = RecordedCapture.measured();
        PageStore store = store();
        NativeFile folder = NativeFile.openDirectory(directory);
        Capture opened = store.open(folder, digest)) {
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
    try (PageStore store = store();
        NativeFile folder = NativeFile.openDirectory(directory)) {
      assertThrows(TamperedSnapshotException.class, () -> store.open(folder, other));
      assertThrows(TamperedSnapshotException.class, () -> store.verify(folder, other));
    }
  }

  @Test
  void aRamBlockIsWrittenAsItWasCaptured() throws Exception {
    Sha256Digest digest = saved();
    Path file = elsewhere.resolve("ram");
    try (PageStore store = store();
        NativeFile folder = NativeFile.openDirectory(directory);
        NativeFile output = NativeFile.create(file)) {
      store.writeRam(folder, digest, "microvm.ram", output);
      assertThrows(TeeException.class, () -> store.writeRam(folder, digest, "microvm.ram", output));
    }
    byte[] written = Files.readAllBytes(file);
    ByteBuffer captured = ByteBuffer.allocate(written.length);
    try (Capture original = RecordedCapture.measured()) {
      while (captured.hasRemaining()) {
        assertTrue(original.read("microvm.ram", captured.position(), captured) > 0);
      }
    }
    assertArrayEquals(captured.array(), written);
  }

  @Test
  void aRamBlockOfADamagedSnapshotLeavesAnEmptyFile() throws Exception {
    Sha256Digest digest = saved();
    Path pack = packs.resolve("00000001.pack");
    byte[] bytes = Files.readAllBytes(pack);
    bytes[PACK_HEADER + 8] ^= 1;
    Files.write(pack, bytes);
    Path file = elsewhere.resolve("ram");
    try (PageStore store = store();
        NativeFile folder = NativeFile.openDirectory(directory);
        NativeFile output = NativeFile.create(file)) {
      assertThrows(
          TamperedSnapshotException.class,
          () -> store.writeRam(folder, digest, "microvm.ram", output));
    }
    assertEquals(0, Files.size(file));
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
  void aPageThatCannotBeReadIsFoundWithoutRestoring() throws Exception {
    Sha256Digest digest = saved();
    Path pack = packs.resolve("00000001.pack");
    byte[] bytes = Files.readAllBytes(pack);
    bytes[PACK_HEADER + 8] ^= 1;
    Files.write(pack, bytes);
    try (PageStore store = store();
        NativeFile folder = NativeFile.openDirectory(directory)) {
      assertThrows(TamperedSnapshotException.class, () -> store.verify(folder, digest));
    }
  }

  @Test
  void damageOutsideOfThePagesNamesNone() throws Exception {
    Sha256Digest digest = saved();
    Files.delete(directory.resolve("pages.map"));
    TamperedSnapshotException e =
        assertThrows(TamperedSnapshotException.class, () -> restored(digest));
    assertEquals(Optional.empty(), e.badPages());
  }

  @Test
  void aSecondSnapshotOfTheSameStateAddsNoPage() throws Exception {
    saved();
    Path other = Files.createDirectory(elsewhere.resolve("other"));
    try (Capture capture = RecordedCapture.measured();
        PageStore store = store();
        NativeFile first = NativeFile.openDirectory(directory);
        NativeFile second = NativeFile.openDirectory(other)) {
      SavedPages saved = store.save(capture, second, 0);
      assertEquals(0, saved.newPages());
      assertEquals(0, saved.bytes());
      assertEquals(0, store.collect(List.of(first, second)));
      store.verify(second, digest(capture));
    }
  }

  @Test
  void pagesThatNoSnapshotHasAreGivenBack() throws Exception {
    saved();
    try (PageStore store = store()) {
      long unneeded = store.unneededBytes(List.of());
      assertTrue(unneeded > 0);
      assertEquals(unneeded, store.collect(List.of()));
    }
    try (Stream<Path> left = Files.list(packs)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void anEncryptedStoreOpensWithItsTpmOnly(@TempDir Path one, @TempDir Path two, @TempDir Path keys)
      throws Exception {
    try (EmulatedTpm tpm = EmulatedTpm.create(one);
        EmulatedTpm another = EmulatedTpm.create(two);
        SigningKey key = SigningKey.open(tpm.tcti(), keys);
        NativeFile pages = NativeFile.openDirectory(packs);
        NativeFile folder = NativeFile.openDirectory(directory);
        Capture capture = RecordedCapture.measured()) {
      try (PageStore store = PageStore.open(pages, key)) {
        store.save(capture, folder, 0);
      }
      assertThrows(NativeFailureException.class, () -> PageStore.open(pages));
      try (PageStore store = PageStore.open(pages, key)) {
        store.verify(folder, digest(capture));
      }
      Path otherKeys = Files.createDirectory(elsewhere.resolve("keys"));
      try (SigningKey wrong = SigningKey.open(another.tcti(), otherKeys)) {
        assertThrows(TpmException.class, () -> PageStore.open(pages, wrong));
      }
      byte[] pack = Files.readAllBytes(packs.resolve("00000001.pack"));
      assertFalse(new String(pack, StandardCharsets.ISO_8859_1).contains("\"devices\""));
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> list = Stream.concat(Files.list(directory), Files.list(packs))) {
      return list.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void aDirectoryThatIsNotEmptyIsNotOverwritten() throws Exception {
    saved();
    assertThrows(StorageException.class, this::saved);
  }
}
