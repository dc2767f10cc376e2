// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.introspection;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.text.CanonicalText;
import io.vmattest.introspection.image.vmlinux.BzImage;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import io.vmattest.introspection.integrity.CodeView;
import io.vmattest.introspection.integrity.KernelReference;
import io.vmattest.introspection.integrity.KernelStore;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.memory.CountingMemory;
import io.vmattest.introspection.memory.ElfCoreMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.view.TaskView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One measurement, whose figures it prints as lines {@code name value}; times in milliseconds.
 *
 * <ul>
 *   <li>{@code store DEB STORE}: makes a kernel store of a package
 *   <li>{@code cold CORE STORE}: the first look of this process
 *   <li>{@code warm CORE STORE VMLINUZ SAMPLES}: medians after as many looks to warm up, pages
 *       read, unexplained bytes
 * </ul>
 */
public final class IntrospectionMain {
  private static final int WALKS_A_LOOK = 10;

  private final Map<String, Double> figures = new LinkedHashMap<>();

  private IntrospectionMain() {}

  /** See above. */
  public static void main(String[] args) throws Exception {
    IntrospectionMain main = new IntrospectionMain();
    switch (args[0]) {
      case "store" -> main.store(Path.of(args[1]), Path.of(args[2]));
      case "cold" -> main.cold(Path.of(args[1]), Path.of(args[2]));
      case "warm" ->
          main.warm(
              Path.of(args[1]), Path.of(args[2]), Path.of(args[3]), Integer.parseInt(args[4]));
      default -> throw new IllegalArgumentException(args[0]);
    }
    main.figures.forEach(
        (name, value) ->
            System.out.println(name + " " + String.format(Locale.ROOT, "%.3f", value)));
  }

  private void store(Path deb, Path store) throws IOException, MalformedImageException {
    long began = System.nanoTime();
    try (InputStream stream = Files.newInputStream(deb)) {
      KernelStore.write(stream, store);
    }
    figures.put("storeMs", millis(began));
    figures.put("storeBytes", (double) Files.size(store));
  }

  private void cold(Path file, Path stored) throws IOException, MalformedImageException {
    long began = System.nanoTime();
    try (KernelStore store = KernelStore.open(stored)) {
      KernelReference reference = store.reference();
      figures.put("referenceColdMs", millis(began));
      long look = System.nanoTime();
      try (ElfCoreMemory core = ElfCoreMemory.open(file)) {
        KernelFinder finder = new KernelFinder();
        Kernel kernel = Look.find(core, core.vcpus(), finder);
        figures.put("findColdMs", millis(look));
        Look.views(kernel, Optional.of(reference));
        figures.put("fullColdMs", millis(look));
      }
    }
  }

  private void warm(Path file, Path stored, Path vmlinuz, int samples)
      throws IOException, MalformedImageException, MalformedGuestException {
    try (KernelStore store = KernelStore.open(stored);
        ElfCoreMemory core = ElfCoreMemory.open(file)) {
      Optional<KernelReference> reference = Optional.of(store.reference());
      KernelFinder finder = new KernelFinder();
      Look.at(core, core.vcpus(), finder, reference);
      CountingMemory counting = new CountingMemory(core);
      Look look = Look.at(counting, core.vcpus(), finder, reference);
      Kernel kernel = look.kernel();
      figures.put(
          "taskWalkMs", median(samples * WALKS_A_LOOK, () -> TaskView.read(Structures.of(kernel))));
      figures.put("findWarmMs", median(samples, () -> Look.find(core, core.vcpus(), finder)));
      figures.put("codeWarmMs", median(samples, () -> CodeView.read(kernel, reference)));
      figures.put(
          "fullWarmMs", median(samples, () -> Look.at(core, core.vcpus(), finder, reference)));
      figures.put("pagesRead", (double) counting.pages());
      counts(look);
      text(kernel, vmlinuz);
    }
  }

  private void counts(Look look) {
    figures.put("tasks", (double) look.tasks().tasks().size());
    figures.put("modules", (double) look.modules().modules().size());
    figures.put("findings", (double) look.findings().size());
  }

  /** What the reference does not explain, compared once more without what is kept of a look. */
  private void text(Kernel kernel, Path vmlinuz)
      throws IOException, MalformedImageException, MalformedGuestException {
    ImageBytes packed = ImageBytes.of("vmlinuz", Files.readAllBytes(vmlinuz));
    CanonicalText text = CanonicalText.of(KernelImage.read(BzImage.kernel(packed)));
    long offset = kernel.info().kernelOffset();
    byte[] live =
        kernel.addressSpace().bytes(text.address() + offset, text.length(), text.length());
    figures.put("textBytes", (double) text.length());
    figures.put("unexplainedTextBytes", (double) text.compare(live, offset).unexplainedBytes());
  }

  private static double median(int samples, Runnable measured) {
    for (int i = 0; i < samples; i++) {
      measured.run();
    }
    double[] times = new double[samples];
    for (int i = 0; i < samples; i++) {
      long began = System.nanoTime();
      measured.run();
      times[i] = millis(began);
    }
    Arrays.sort(times);
    return samples % 2 == 1
        ? times[samples / 2]
        : (times[samples / 2 - 1] + times[samples / 2]) / 2;
  }

  private static double millis(long began) {
    return (System.nanoTime() - began) / 1e6;
  }
}
