// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.memory.PagingMode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What the kernel writes down of itself for crash dumps (Documentation/admin-guide/kdump/
 * vmcoreinfo.rst): lines KEY=value, at most a page. Only a claim until {@link KernelFinder} has
 * proven it.
 */
public final class VmcoreInfo {
  /** With what the text begins. */
  static final String BEGIN = "OSRELEASE=";

  static final int MAX_SIZE = 4096;

  private static final int MAX_WORD = 128;

  private final long physicalAddress;
  private final String text;
  private final Map<String, String> lines;

  private VmcoreInfo(long physicalAddress, String text, Map<String, String> lines) {
    this.physicalAddress = physicalAddress;
    this.text = text;
    this.lines = Map.copyOf(lines);
  }

  /**
   * @param text at most a page; what comes after a zero is ignored
   * @param physicalAddress where the text lies
   * @throws MalformedGuestException if it does not begin as VMCOREINFO does, or a key comes twice
   */
  static VmcoreInfo parse(byte[] text, long physicalAddress) throws MalformedGuestException {
    int end = 0;
    while (end < Math.min(text.length, MAX_SIZE) && text[end] != 0) {
      end++;
    }
    String all = new String(text, 0, end, StandardCharsets.ISO_8859_1);
    if (!all.startsWith(BEGIN)) {
      throw new MalformedGuestException(
          Reason.INVALID, physicalAddress, "no VMCOREINFO at this physical address");
    }
    Map<String, String> lines = new HashMap<>();
    for (String line : all.split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0 && lines.put(line.substring(0, equals), line.substring(equals + 1)) != null) {
        throw new MalformedGuestException(
            Reason.INVALID, physicalAddress, "VMCOREINFO has a key twice");
      }
    }
    return new VmcoreInfo(physicalAddress, all, lines);
  }

  /** Where the text lies in guest physical memory. */
  public long physicalAddress() {
    return physicalAddress;
  }

  /** All of it, as the guest has it. */
  public byte[] text() {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** As uname -r shows it. */
  public String osRelease() throws MalformedGuestException {
    return word("OSRELEASE");
  }

  /** The linker's, in hexadecimal. */
  public String buildId() throws MalformedGuestException {
    return word("BUILD-ID");
  }

  /** By how many bytes KASLR shifted the kernel's virtual addresses. */
  public long kernelOffset() throws MalformedGuestException {
    return hexadecimal("KERNELOFFSET");
  }

  /** A symbol's virtual address, shifted already. */
  public long symbol(String name) throws MalformedGuestException {
    return hexadecimal("SYMBOL(" + name + ")");
  }

  /**
   * What is added to the offset in the kernel's image to get a physical address; may be below 0.
   */
  long physBase() throws MalformedGuestException {
    return decimal("NUMBER(phys_base)");
  }

  PagingMode pagingMode() throws MalformedGuestException {
    return decimal("NUMBER(pgtable_l5_enabled)") == 0
        ? PagingMode.FOUR_LEVEL
        : PagingMode.FIVE_LEVEL;
  }

  private String word(String key) throws MalformedGuestException {
    String value = lines.get(key);
    if (value == null) {
      throw new MalformedGuestException(
          Reason.MISSING, physicalAddress, "VMCOREINFO without " + key);
    }
    if (value.isEmpty()
        || value.length() > MAX_WORD
        || !value.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw malformed(key);
    }
    return value;
  }

  private long hexadecimal(String key) throws MalformedGuestException {
    try {
      return Long.parseUnsignedLong(word(key), 16);
    } catch (NumberFormatException e) {
      throw malformed(key);
    }
  }

  private long decimal(String key) throws MalformedGuestException {
    try {
      return Long.parseLong(word(key));
    } catch (NumberFormatException e) {
      throw malformed(key);
    }
  }

  private MalformedGuestException malformed(String key) {
    return new MalformedGuestException(
        Reason.INVALID, physicalAddress, "VMCOREINFO whose " + key + " is none");
  }
}
