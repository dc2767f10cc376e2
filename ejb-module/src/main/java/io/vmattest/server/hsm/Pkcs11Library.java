// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A vendor's library in this JVM. PKCS#11 has a process initialise a library once (C_Initialize),
 * and many libraries find a token that was away only after C_Finalize, which the JDK offers
 * nowhere: the wrapper's package has to be opened ({@code --add-opens
 * jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED}). Without, everything works but
 * this.
 */
final class Pkcs11Library {
  private static final String WRAPPER = "sun.security.pkcs11.wrapper.PKCS11";

  /**
   * What may never be collected. The JDK has the collector destroy session objects and close
   * sessions by handle, and after C_Initialize a library gives the same handles again: to keys that
   * are to stay.
   */
  private static final Queue<Object> KEPT = new ConcurrentLinkedQueue<>();

  private final Path path;

  Pkcs11Library(Path path) {
    this.path = path;
  }

  static void keep(Object object) {
    KEPT.add(object);
  }

  /**
   * A provider of one slot's token.
   *
   * @param attributes further lines of SunPKCS11's configuration
   * @throws HsmUnavailableException if there is no such library, slot or token
   */
  Provider provider(int slotIndex, String attributes) {
    Provider sun = Security.getProvider("SunPKCS11");
    if (sun == null) {
      throw new HsmUnavailableException("this JVM has no SunPKCS11 (module jdk.crypto.cryptoki)");
    }
    String configuration =
        "--name=vmattest\nlibrary=%s\nslotListIndex=%d\n%s".formatted(path, slotIndex, attributes);
    try {
      Provider provider = sun.configure(configuration);
      keep(provider);
      return provider;
    } catch (ProviderException | IllegalArgumentException | UnsupportedOperationException e) {
      throw new HsmUnavailableException(
          "no token by " + path + ", slot index " + slotIndex + ": " + Pkcs11Errors.text(e), e);
    }
  }

  /** Has the library begin anew with the next provider. No call may be under way in it. */
  boolean restart() {
    try {
      Object wrapper = forget();
      if (wrapper != null) {
        wrapper.getClass().getMethod("C_Finalize", Object.class).invoke(wrapper, (Object) null);
      }
      return true;
    } catch (InvocationTargetException e) {
      // What refuses to end (CKR_CRYPTOKI_NOT_INITIALIZED, a lost device) is begun again all the
      // same.
      return true;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return false;
    }
  }

  /** As the wrapper's own methods do, under its class's lock. */
  private @Nullable Object forget() throws ReflectiveOperationException {
    Map<String, Object> modules = modules();
    synchronized (wrapper()) {
      return modules.remove(path.toString());
    }
  }

  /** The label of the token in a slot, without the blanks that fill it up. */
  Optional<String> tokenLabel(int slotIndex) {
    try {
      Object wrapper = modules().get(path.toString());
      if (wrapper == null) {
        return Optional.empty();
      }
      long[] slots =
          (long[])
              wrapper.getClass().getMethod("C_GetSlotList", boolean.class).invoke(wrapper, true);
      Object info =
          wrapper
              .getClass()
              .getMethod("C_GetTokenInfo", long.class)
              .invoke(wrapper, slots[slotIndex]);
      return Optional.of(new String((char[]) info.getClass().getField("label").get(info)).strip());
    } catch (ReflectiveOperationException | RuntimeException e) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> modules() throws ReflectiveOperationException {
    Field modules = wrapper().getDeclaredField("moduleMap");
    modules.setAccessible(true);
    return (Map<String, Object>) modules.get(null);
  }

  private static Class<?> wrapper() throws ClassNotFoundException {
    Module cryptoki = Security.getProvider("SunPKCS11").getClass().getModule();
    Class<?> wrapper = Class.forName(cryptoki, WRAPPER);
    if (wrapper == null) {
      throw new ClassNotFoundException(WRAPPER);
    }
    return wrapper;
  }
}
