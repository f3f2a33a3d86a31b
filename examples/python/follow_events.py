"""python follow_events.py <broker> [<file>]: every event of images and members, each once, into a file, and a line for each
on the screen. Stop it and start it again: it goes on where it was. Needs confluent-kafka (requirements.txt)."""

import signal
import sys

from confluent_kafka import Consumer

from taken_events import TakenEvents


def main(broker="localhost:9092", path="taken-events.sqlite"):
    taken = TakenEvents(path)
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "example-subscriber-python",
            "auto.offset.reset": "earliest",
            # Told by hand, after an event was taken: what was taken and not told comes again, and is known then.
            "enable.auto.commit": False,
        }
    )
    stopping = False

    def stop(*_):
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    consumer.subscribe(["cloud-images.image", "cloud-images.member"])
    try:
        while not stopping:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                print(message.error(), file=sys.stderr)
                continue
            headers = {name: text.decode() for name, text in message.headers() or []}
            value = message.value().decode()
            if taken.take(headers, value):
                print(headers["ce_time"], headers["ce_type"], headers["ce_subject"], value, flush=True)
            consumer.commit(message, asynchronous=False)
    finally:
        consumer.close()
        taken.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
