// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.NotificationOptions;
import jakarta.enterprise.util.TypeLiteral;
import java.lang.annotation.Annotation;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** An observer of appended reports, which a test chooses. */
final class ObserverInTransaction implements Event<ReportsAppended> {
  Consumer<ReportsAppended> observer = event -> {};

  @Override
  public void fire(ReportsAppended event) {
    observer.accept(event);
  }

  @Override
  public <U extends ReportsAppended> CompletionStage<U> fireAsync(U event) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <U extends ReportsAppended> CompletionStage<U> fireAsync(
      U event, NotificationOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Event<ReportsAppended> select(Annotation... qualifiers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <U extends ReportsAppended> Event<U> select(Class<U> subtype, Annotation... qualifiers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <U extends ReportsAppended> Event<U> select(
      TypeLiteral<U> subtype, Annotation... qualifiers) {
    throw new UnsupportedOperationException();
  }
}
