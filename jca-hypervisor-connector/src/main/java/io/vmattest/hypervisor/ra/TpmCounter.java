// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.capture.SigningKeyHolder;
import io.vmattest.tee.CounterReading;

/** One of the counters of the TPM that the signing key lives in. */
final class TpmCounter implements MonotonicCounter {
  private final SigningKeyHolder key;
  private final int slot;

  TpmCounter(SigningKeyHolder key, int slot) {
    this.key = key;
    this.slot = slot;
  }

  @Override
  public CounterValue read() throws HypervisorException {
    return value(key.ask(k -> k.counter(slot)));
  }

  @Override
  public CounterValue increment() throws HypervisorException {
    return value(key.ask(k -> k.incrementCounter(slot)));
  }

  private static CounterValue value(CounterReading reading) {
    return new CounterValue(reading.id(), reading.value());
  }
}
