// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.security.GeneralSecurityException;
import java.security.ProviderException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Has the token open, and opens it again when it was lost. Work holds the lock for reading, so that
 * it goes on side by side; only the library's new beginning, which no call may overlap, holds it
 * for writing.
 */
final class TokenKeeper {
  /** What is done with a token; any failure but our own means that the token is lost. */
  @FunctionalInterface
  interface Work<T> {
    T on(OpenToken token) throws GeneralSecurityException;
  }

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);
  private static final String CLOSED =
      "; the library cannot begin anew in this JVM, which lacks --add-opens"
          + " jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED: start the server again";

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final TokenOpener opener;
  private final Duration between;
  private volatile @Nullable OpenToken current;
  private volatile @Nullable HsmUnavailableException reason;
  private volatile long opening;

  /**
   * @param between the shortest time from one opening to the next
   */
  TokenKeeper(TokenOpener opener, Duration between) {
    this.opener = opener;
    this.between = between;
    this.opening = System.nanoTime() - between.toNanos();
  }

  /**
   * Works with the token; once more with the token opened anew if it was lost.
   *
   * @throws HsmUnavailableException if it is away
   */
  <T> T with(Work<T> work) {
    try {
      return once(work);
    } catch (LostTokenException e) {
      // The next one is another token's, or says why there is none.
    }
    try {
      return once(work);
    } catch (LostTokenException e) {
      throw e.unavailable;
    }
  }

  private <T> T once(Work<T> work) throws LostTokenException {
    OpenToken token = usable();
    Lock reading = taken(lock.readLock());
    try {
      // Lost by another thread in between, its handles may be others' by now.
      if (token != current) {
        throw new LostTokenException(new HsmUnavailableException("the token was lost"));
      }
      return work.on(token);
    } catch (GeneralSecurityException | ProviderException | IllegalStateException e) {
      throw lost(token, e);
    } finally {
      reading.unlock();
    }
  }

  private synchronized LostTokenException lost(OpenToken token, Exception e) {
    HsmUnavailableException unavailable =
        new HsmUnavailableException("the token fails: " + Pkcs11Errors.text(e), e);
    if (current == token) {
      reason = unavailable;
      current = null;
    }
    return new LostTokenException(unavailable);
  }

  private OpenToken usable() {
    OpenToken token = current;
    if (token != null) {
      return token;
    }
    refuseTooSoon();
    Lock writing = taken(lock.writeLock());
    try {
      token = current;
      return token != null ? token : opened();
    } finally {
      writing.unlock();
    }
  }

  private OpenToken opened() {
    refuseTooSoon();
    opening = System.nanoTime();
    try {
      OpenToken token = opener.open();
      current = token;
      return token;
    } catch (HsmUnavailableException e) {
      throw remembered(e.detail(), e);
    } catch (GeneralSecurityException | ProviderException | IllegalStateException e) {
      throw remembered("no token: " + Pkcs11Errors.text(e), e);
    }
  }

  private HsmUnavailableException remembered(String why, Exception e) {
    HsmUnavailableException unavailable =
        new HsmUnavailableException(opener.restarts() ? why : why + CLOSED, e);
    reason = unavailable;
    return unavailable;
  }

  private void refuseTooSoon() {
    HsmUnavailableException last = reason;
    if (last != null && System.nanoTime() - opening < between.toNanos()) {
      throw new HsmUnavailableException(last.detail(), last);
    }
  }

  /** A library may hang, with whoever is in it; who waits for that must not hang, too. */
  private static Lock taken(Lock lock) {
    try {
      if (lock.tryLock(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        return lock;
      }
      throw new HsmUnavailableException("the token's library does not come to an end");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HsmUnavailableException("interrupted while waiting for the token", e);
    }
  }

  private static final class LostTokenException extends Exception {
    private static final long serialVersionUID = 1L;
    final HsmUnavailableException unavailable;

    LostTokenException(HsmUnavailableException unavailable) {
      super(unavailable);
      this.unavailable = unavailable;
    }
  }
}
