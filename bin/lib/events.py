# SPDX-License-Identifier: Apache-2.0
"""Listens to the topic vmattest.events over AMQP 1.0 with TLS, as a SIEM would."""
import json
import threading

from proton import Delivery, SSLDomain, symbol
from proton.handlers import MessagingHandler
from proton.reactor import Container, ReceiverOption

TOPIC = "jms.topic.vmattest.events"


class _Topic(ReceiverOption):
    """Artemis takes an address for a topic if the source says so (capability `topic`)."""

    def apply(self, receiver):
        receiver.source.capabilities.put_object(symbol("topic"))


class EventListener(MessagingHandler):
    def __init__(self, host_and_port, ca, user, password_file):
        super().__init__()
        self.url = f"amqps://{host_and_port}"
        self.ca = ca
        self.user = user
        with open(password_file) as f:
            self.password = f.read().strip()
        self.ready = False
        self._events = []
        self._lock = threading.Lock()
        self._thread = None
        self._container = None

    def start(self):
        self._container = Container(self)
        self._thread = threading.Thread(target=self._container.run, daemon=True)
        self._thread.start()

    def stop(self):
        if self._container and self._thread.is_alive():
            self._container.stop()

    def events(self):
        with self._lock:
            return list(self._events)

    def on_start(self, event):
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(self.ca)
        domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
        connection = event.container.connect(self.url, ssl_domain=domain, user=self.user, password=self.password,
                                             allowed_mechs="PLAIN", reconnect=False)
        event.container.create_receiver(connection, TOPIC, options=_Topic())

    def on_link_opened(self, event):
        self.ready = True

    def on_message(self, event):
        body = event.message.body
        with self._lock:
            self._events.append(json.loads(body if isinstance(body, str) else bytes(body)))
        self.settle(event.delivery, Delivery.ACCEPTED)
