// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.server.archive.DamagedArchiveException.Extent;
import io.vmattest.server.bodies.StoredBody;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ArchiveFolderTest {
  private static final ArchiveName NAME = new ArchiveName(3, 5);
  private static final String MEMBER = ArchiveMember.ofEntry(3);
  private static final byte[] BODY = "a body".getBytes(UTF_8);

  @TempDir Path dir;
  private ArchiveFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ArchiveFolder(dir.resolve("archive/ledger"));
    folder.lock().orElseThrow().close();
  }

  @Test
  void whatWasWrittenIsReadAgainWithTheIdsOfItsKeys() throws Exception {
    StoredBody plain = StoredBody.plain(BODY);
    StoredBody encrypted = new StoredBody(new byte[100_000], Optional.of("a key"));
    String guest = ArchiveMember.ofGuest(Digest.sha256(BODY));
    folder.write(
        NAME,
        members -> {
          members.add(MEMBER, plain);
          members.add(guest, encrypted);
        });
    try (ArchiveReader reader = folder.open(NAME)) {
      assertArrayEquals(BODY, reader.read(MEMBER).orElseThrow().bytes());
      assertEquals(Optional.empty(), reader.read(MEMBER).orElseThrow().key());
      assertArrayEquals(new byte[100_000], reader.read(guest).orElseThrow().bytes());
      assertEquals(Optional.of("a key"), reader.read(guest).orElseThrow().key());
      assertEquals(Optional.empty(), reader.read(ArchiveMember.ofEntry(4)));
    }
    assertEquals(Digest.sha256(Files.readAllBytes(file())), folder.sha256(NAME));
  }

  @Test
  void theSameMembersAreTheSameFile() throws Exception {
    write();
    byte[] first = Files.readAllBytes(file());
    write();
    assertArrayEquals(first, Files.readAllBytes(file()));
  }

  @Test
  void aFileThatIsBrokenOffAppearsUnderNoName() throws Exception {
    assertThrows(
        IOException.class,
        () ->
            folder.write(
                NAME,
                members -> {
                  members.add(MEMBER, StoredBody.plain(BODY));
                  throw new IOException("the test's");
                }));
    assertEquals(Optional.empty(), folder.beginningWith(3));
    write();
    assertEquals(Optional.of(NAME), folder.beginningWith(3));
    assertEquals(Optional.empty(), folder.beginningWith(4));
  }

  @Test
  void oneWritesAtATime() throws Exception {
    try (Closeable held = folder.lock().orElseThrow()) {
      assertEquals(Optional.empty(), folder.lock());
    }
    Optional<Closeable> next = folder.lock();
    assertTrue(next.isPresent());
    next.get().close();
  }

  @Test
  void aFileThatIsNotThereIsMissing() {
    assertEquals(Extent.MISSING, damage().extent());
    DamagedArchiveException e =
        assertThrows(DamagedArchiveException.class, () -> folder.sha256(NAME));
    assertEquals(Extent.MISSING, e.extent());
    assertTrue(e.reason().contains("bodies-3-5.zip"), e.reason());
  }

  @Test
  void everyCutMakesAFileUnreadable() throws Exception {
    write();
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertEquals(Extent.WHOLE, damage().extent());
    }
  }

  /** Whatever is in the file, reading it ends in what was read, in damage, or in nothing there. */
  @Test
  void noChangedByteBreaksTheReader() throws Exception {
    write();
    byte[] whole = Files.readAllBytes(file());
    for (int i = 0; i < whole.length; i++) {
      for (int bit : new int[] {1, 0x80, 0xff}) {
        byte[] changed = whole.clone();
        changed[i] ^= (byte) bit;
        Files.write(file(), changed);
        try (ArchiveReader reader = folder.open(NAME)) {
          reader.read(MEMBER).ifPresent(body -> assertTrue(body.bytes().length < 1000));
        } catch (DamagedArchiveException e) {
          assertFalse(e.reason().isEmpty());
        }
      }
    }
  }

  @Test
  void compressedMembersAreRefused() throws Exception {
    zip(
        zip -> {
          zip.putNextEntry(new ZipEntry(MEMBER));
          zip.write(new byte[10_000_000]);
        });
    assertEquals(Extent.MEMBER, damage().extent());
  }

  @Test
  void membersLargerThanABodyCanBeAreRefused() throws Exception {
    byte[] large = new byte[ArchiveMember.MAX_SIZE + 1];
    zip(zip -> store(zip, MEMBER, large));
    assertEquals(Extent.MEMBER, damage().extent());
    zip(zip -> store(zip, MEMBER, Arrays.copyOf(large, ArchiveMember.MAX_SIZE)));
    try (ArchiveReader reader = folder.open(NAME)) {
      assertEquals(ArchiveMember.MAX_SIZE, reader.read(MEMBER).orElseThrow().bytes().length);
    }
  }

  @Test
  void filesOfMoreMembersThanThereCanBeAreRefusedUnread() throws Exception {
    zip(
        zip -> {
          for (int i = 0; i <= ArchiveMember.MOST_MEMBERS; i++) {
            store(zip, "entry/" + i, BODY);
          }
        });
    assertEquals(Extent.WHOLE, damage().extent());
  }

  @Test
  void onlyNamesOfSuchFilesAreNames() {
    assertEquals(Optional.of(NAME), ArchiveName.parse("bodies-3-5.zip"));
    assertEquals(Optional.of(new ArchiveName(0, 0)), ArchiveName.parse("bodies-0-0.zip"));
    for (String other :
        List.of(
            "bodies-5-3.zip",
            "bodies-03-5.zip",
            "../bodies-3-5.zip",
            "bodies-3-5.zip/..",
            "bodies--3-5.zip",
            "bodies-3-9999999999999999999.zip",
            ".bodies-3-5.zip.new")) {
      assertEquals(Optional.empty(), ArchiveName.parse(other), other);
    }
  }

  private void write() throws IOException {
    folder.write(NAME, members -> members.add(MEMBER, StoredBody.plain(BODY)));
  }

  private Path file() {
    return dir.resolve("archive/ledger").resolve(NAME.file());
  }

  private DamagedArchiveException damage() {
    return assertThrows(
        DamagedArchiveException.class,
        () -> {
          try (ArchiveReader reader = folder.open(NAME)) {
            reader.read(MEMBER);
          }
        });
  }

  /** What another one writes. */
  private interface Zipping {
    void zip(ZipOutputStream zip) throws IOException;
  }

  private void zip(Zipping zipping) throws IOException {
    try (OutputStream out = Files.newOutputStream(file());
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zipping.zip(zip);
    }
  }

  private static void store(ZipOutputStream zip, String member, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(member);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
  }
}
