// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Writes an answer's body into a file as it comes, up to a bound. */
final class BoundedFile implements BodySubscriber<byte[]> {
  private static final byte[] NOTHING = {};

  private final BodySubscriber<Path> file;
  private final long most;
  private Flow.Subscription subscription = new Ended();
  private long bytes;
  private boolean ended;

  /**
   * @param most bytes
   */
  BoundedFile(Path path, long most) {
    this.file = BodySubscribers.ofFile(path);
    this.most = most;
  }

  private static final class Ended implements Flow.Subscription {
    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return file.getBody().thenApply(written -> NOTHING);
  }

  @Override
  public void onSubscribe(Flow.Subscription to) {
    subscription = to;
    file.onSubscribe(to);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    if (ended) {
      return;
    }
    bytes += buffers.stream().mapToLong(ByteBuffer::remaining).sum();
    if (bytes > most) {
      ended = true;
      subscription.cancel();
      file.onError(new IOException("The answer has more than " + most + " bytes."));
      return;
    }
    file.onNext(buffers);
  }

  @Override
  public void onError(Throwable why) {
    if (!ended) {
      file.onError(why);
    }
  }

  @Override
  public void onComplete() {
    if (!ended) {
      file.onComplete();
    }
  }
}
