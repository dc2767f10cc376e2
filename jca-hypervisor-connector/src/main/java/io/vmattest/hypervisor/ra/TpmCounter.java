// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.capture.SigningKeyHolder;
import io.vmattest.tee.CounterReading;
import io.vmattest.tee.SigningKey;

/** The counter of the TPM that the signing key lives in. */
final class TpmCounter implements MonotonicCounter {
  private final SigningKeyHolder key;

  TpmCounter(SigningKeyHolder key) {
    this.key = key;
  }

  @Override
  public CounterValue read() throws HypervisorException {
    return value(key.ask(SigningKey::counter));
  }

  @Override
  public CounterValue increment() throws HypervisorException {
    return value(key.ask(SigningKey::incrementCounter));
  }

  private static CounterValue value(CounterReading reading) {
    return new CounterValue(reading.id(), reading.value());
  }
}
