// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import io.vmattest.core.http.BoundedBody;
import io.vmattest.core.tlog.AddCheckpointRequest;
import io.vmattest.core.tlog.WitnessAnswers;
import io.vmattest.server.witness.WitnessException.Reason;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks witnesses over HTTP. Follows no redirect: a witness is where its operator says. */
final class WitnessHttp {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .version(HttpClient.Version.HTTP_1_1)
          .build();

  private final Duration timeout;

  /**
   * @param timeout to the answer's last byte
   */
  WitnessHttp(Duration timeout) {
    this.timeout = timeout;
  }

  /** An answer; nothing of it is believed. */
  record Answer(int status, byte[] body) {}

  Answer ask(URI prefix, AddCheckpointRequest request) throws WitnessException {
    HttpRequest post =
        HttpRequest.newBuilder(URI.create(prefix + "/add-checkpoint"))
            .header("Content-Type", "text/plain; charset=utf-8")
            .POST(BodyPublishers.ofByteArray(request.encoded()))
            .build();
    // A timeout in the request would end with the headers.
    var answer = client.sendAsync(post, info -> new BoundedBody(WitnessAnswers.MAX_SIZE));
    try {
      HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(response.statusCode(), response.body());
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new WitnessException(
          Reason.UNAVAILABLE, "no answer within " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new WitnessException(Reason.UNAVAILABLE, "interrupted", e);
    } catch (ExecutionException e) {
      throw new WitnessException(Reason.UNAVAILABLE, String.valueOf(e.getCause()), e);
    }
  }
}
