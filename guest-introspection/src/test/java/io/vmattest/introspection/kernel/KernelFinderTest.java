// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.kernel.KernelSearch.Reason;
import io.vmattest.introspection.kernel.KernelSearch.Unreadable;
import io.vmattest.introspection.kernel.VcpuAgreement.Answer;
import io.vmattest.introspection.memory.CountingMemory;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.PhysicalRange;
import io.vmattest.introspection.memory.VcpuRegisters;
import io.vmattest.introspection.testing.ArrayMemory;
import io.vmattest.introspection.testing.SyntheticKernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelFinderTest {
  private static final long DATA_POINTER = SyntheticKernel.IMAGE_AT + 0x4000;
  private static final long NOTE_POINTER = SyntheticKernel.IMAGE_AT + 0x4008;

  private final SyntheticKernel guest = new SyntheticKernel(4);
  private final KernelFinder finder = new KernelFinder();

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void findsTheKernelOfAGuestWithPageTablesOfEitherDepth(int levels)
      throws MalformedGuestException {
    SyntheticKernel any = new SyntheticKernel(levels);
    Kernel kernel = found(finder.find(any.memory(), List.of(any.vcpu(), any.vcpu())));
    assertEquals("6.1.0-made-up", kernel.info().osRelease());
    assertEquals("0123456789abcdef", kernel.info().buildId());
    assertEquals(0x1900_0000L, kernel.info().kernelOffset());
    assertEquals(SyntheticKernel.INFO, kernel.info().physicalAddress());
    assertEquals(any.symbols().size(), kernel.symbols().size());
    assertEquals(32, kernel.types().offset("task_struct", "comm"));
    VcpuAgreement both = new VcpuAgreement(Answer.AGREES, Answer.AGREES, Answer.UNKNOWN);
    assertEquals(List.of(both, both), kernel.vcpus());
  }

  @Test
  void findsTheKernelWithoutRegisters() {
    assertEquals(List.of(), found(find()).vcpus());
  }

  @Test
  void findsTheNoteWhereTheDataIsGone() {
    guest.putInfo(SyntheticKernel.INFO, "XXRELEASE=");
    assertEquals(SyntheticKernel.NOTE + 24, found(find()).info().physicalAddress());
  }

  @Test
  void passesOverCopiesThatTheKernelDoesNotPointTo() {
    long elsewhere = SyntheticKernel.FREE;
    guest.putInfo(elsewhere, guest.info());
    guest.putInfo(0x1000, guest.info());
    guest.putInfo(0x3000 + 24, guest.info().replace("6.1.0", "6.6.6"));
    assertEquals(SyntheticKernel.INFO, found(find()).info().physicalAddress());
  }

  @Test
  void takesNoCopyForGenuineWhereThereIsNoOther() {
    guest.putInfo(SyntheticKernel.FREE, guest.info());
    guest.memory().put64(DATA_POINTER, 0);
    guest.memory().put64(NOTE_POINTER, 0x1234_5678_9abc_def0L);
    assertEquals(Reason.NOT_PROVEN, unreadable(find()));
  }

  @Test
  void refusesAKernelThatNoVcpuRuns() {
    VcpuRegisters other = guest.vcpu(SyntheticKernel.FREE);
    assertEquals(Reason.NOT_PROVEN, unreadable(find(guest.vcpu(), other)));
    VcpuRegisters deeper = new SyntheticKernel(5).vcpu();
    assertEquals(Reason.NOT_PROVEN, unreadable(find(deeper)));
    VcpuRegisters nowhere = guest.vcpu(0x7fff_ffff_ffff_f000L);
    assertEquals(Reason.NOT_PROVEN, unreadable(find(nowhere)));
  }

  @Test
  void acceptsAVcpuOnTheUserHalfOfItsPageTables() {
    guest.memory().put64(SyntheticKernel.USER_PAGE_TABLES + 511 * 8, 0x9_9003);
    found(find(guest.vcpu(SyntheticKernel.USER_PAGE_TABLES | 0x801)));
  }

  @Test
  void asksNothingOfAVcpuThatWasNotStarted() {
    VcpuRegisters off = new VcpuRegisters(0x6000_0010L, 0, 0, 0, 0, OptionalLong.empty());
    Kernel kernel = found(find(guest.vcpu(), off));
    assertEquals(
        new VcpuAgreement(Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN), kernel.vcpus().get(1));
  }

  @Test
  void reportsAVcpuWithATableOfInterruptsOfItsOwn() {
    VcpuRegisters v = guest.vcpu();
    VcpuRegisters hooked =
        new VcpuRegisters(
            v.cr0(),
            v.cr3(),
            v.cr4(),
            SyntheticKernel.DIRECT_MAP + SyntheticKernel.FREE,
            1,
            OptionalLong.empty());
    assertEquals(
        List.of(new VcpuAgreement(Answer.DIFFERS, Answer.DIFFERS, Answer.UNKNOWN)),
        found(find(hooked)).vcpus());
  }

  @Test
  void saysThatThereIsNoKernelInEmptyMemory() {
    assertEquals(Reason.NO_KERNEL, unreadable(finder.find(new ArrayMemory(1 << 20), List.of())));
  }

  @Test
  void saysThatTypesAreMissing() {
    guest.memory().put64(SyntheticKernel.IMAGE_AT + 0x2_0000, 0);
    assertEquals(Reason.NO_TYPES, unreadable(find()));
  }

  @Test
  void saysThatTheHostCannotReadItsFile() {
    GuestMemory broken =
        new GuestMemory() {
          @Override
          public int read(long guestPhysicalAddress, ByteBuffer target) {
            throw new UncheckedIOException(new IOException("a bad disk"));
          }

          @Override
          public List<PhysicalRange> ranges() {
            return List.of(new PhysicalRange(0, 4096));
          }
        };
    assertEquals(Reason.MEMORY_NOT_READ, unreadable(finder.find(broken, List.of())));
  }

  @Test
  void decodesWhatItKnowsOnlyOnce() {
    Kernel first = found(find());
    Kernel second = found(find());
    assertSame(first.symbols(), second.symbols());
    assertSame(first.types(), second.types());
  }

  @Test
  void findsAGuestsKernelAgainWithoutASearch() {
    CountingMemory counting = new CountingMemory(guest.memory());
    found(finder.find(counting, List.of(guest.vcpu())));
    long first = counting.pages();
    counting.reset();
    found(finder.find(counting, List.of(guest.vcpu())));
    assertTrue(counting.pages() < first / 2, counting.pages() + " pages of " + first);
  }

  @Test
  void doesNotShowOneGuestWhatAnotherOfTheSameBuildIdHas() throws MalformedGuestException {
    Kernel honest = found(find());
    SyntheticKernel liar = new SyntheticKernel(4);
    // One bit of the last character of "_stext", and of the offset of "state".
    liar.memory().put64(SyntheticKernel.IMAGE_AT + 0xa000, 0x0001_0001_0001_0003L);
    long name = SyntheticKernel.IMAGE_AT + 0x1_0000 + 10 + 4;
    liar.memory().put64(name, liar.memory().get64(name) ^ 1);
    Kernel lied = found(finder.find(liar.memory(), List.of()));
    assertNotSame(honest.symbols(), lied.symbols());
    assertSame(honest.types(), lied.types());
    Kernel again = found(find());
    assertEquals(OptionalLong.of(SyntheticKernel.IMAGE), again.symbols().address("_stext"));
  }

  @Test
  void endsForAGuestFullOfClaims() {
    guest.memory().put64(DATA_POINTER, 0);
    guest.memory().put64(NOTE_POINTER, 0);
    for (int page = 0; page < 32; page++) {
      String text = guest.info().replace("KERNELOFFSET=19", "KERNELOFFSET=1" + page % 10);
      guest.putInfo(SyntheticKernel.FREE + page * 4096L, text);
    }
    KernelSearch search = find();
    assertEquals(Reason.NOT_PROVEN, unreadable(search));
  }

  private KernelSearch find(VcpuRegisters... vcpus) {
    return finder.find(guest.memory(), List.of(vcpus));
  }

  private static Kernel found(KernelSearch search) {
    return assertInstanceOf(Found.class, search, search.toString()).kernel();
  }

  private static Reason unreadable(KernelSearch search) {
    return assertInstanceOf(Unreadable.class, search, search.toString()).reason();
  }
}
