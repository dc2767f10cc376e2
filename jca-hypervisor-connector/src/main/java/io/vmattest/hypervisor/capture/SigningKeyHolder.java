// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.tee.SigningKey;
import io.vmattest.tee.TeeException;
import io.vmattest.tee.TpmException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The one signing key of a resource adapter, opened when it is first needed. Thread-safe. */
public final class SigningKeyHolder implements AutoCloseable {
  /** What is asked of the key. */
  @FunctionalInterface
  public interface Request<T> {
    T ask(SigningKey key) throws TeeException;
  }

  private final String tcti;
  private final Path blobs;
  private @Nullable SigningKey key;

  public SigningKeyHolder(String tcti, Path blobs) {
    this.tcti = tcti;
    this.blobs = blobs;
  }

  /**
   * Asks the key; where the TPM fails, it is opened anew and asked once more.
   *
   * @throws HypervisorException with reason TEE_UNAVAILABLE
   */
  public synchronized <T> T ask(Request<T> request) throws HypervisorException {
    try {
      return request.ask(opened());
    } catch (TpmException e) {
      close();
    } catch (TeeException e) {
      throw Failures.of(Reason.TEE_UNAVAILABLE, e);
    }
    try {
      return request.ask(opened());
    } catch (TeeException e) {
      close();
      throw Failures.of(Reason.TEE_UNAVAILABLE, e);
    }
  }

  private SigningKey opened() throws TeeException {
    SigningKey opened = key;
    if (opened == null) {
      opened = SigningKey.open(tcti, blobs);
      key = opened;
    }
    return opened;
  }

  @Override
  public synchronized void close() {
    if (key != null) {
      key.close();
      key = null;
    }
  }
}
