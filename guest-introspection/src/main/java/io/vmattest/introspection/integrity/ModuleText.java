// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.module.ModuleImage;
import io.vmattest.introspection.image.text.CanonicalText;
import io.vmattest.introspection.image.text.LiveCode;
import java.util.Arrays;

/** Compares the code of one module. */
final class ModuleText {
  private final LiveKernel live;
  private final Tracing tracing;
  private final LoadedModule module;
  private final ModuleImage image;
  private final CanonicalText text;

  ModuleText(
      LiveKernel live, Tracing tracing, LoadedModule module, PreparedModules.Prepared prepared) {
    this.live = live;
    this.tracing = tracing;
    this.module = module;
    this.image = prepared.image();
    this.text = prepared.text();
  }

  /**
   * @param actual the live code
   * @return the digest of the code, equal wherever the module is loaded as long as it is its file's
   */
  String compare(byte[] actual, ModuleFunctions modules) throws MalformedImageException {
    Names own = Names.of(image.symbols(), live.offset());
    LiveKernel named = live.named(own, module.name());
    new TextCheck(named, image, text, tracing, Kind.MODULE_TEXT_PATCHED)
        .run(LiveCode.of(actual, text.address()), modules);
    return canonical(actual);
  }

  /** With all that depends on the place zeroed, if it is what it has to be there. */
  private String canonical(byte[] actual) throws MalformedImageException {
    byte[] bytes = text.masked(actual);
    byte[] expected = text.masked(image.loaded().copy(text.address(), text.length()));
    if (Arrays.equals(bytes, expected)) {
      for (ModuleImage.Field field : image.fields()) {
        Arrays.fill(bytes, field.offset(), field.offset() + field.length(), (byte) 0);
      }
    }
    return Digests.of(bytes);
  }
}
