import type { Delivery } from './port.js';

interface Telling {
  /** service-kit's logger. */
  readonly log: { error(fields: object, message: string): void };
  /** service-kit's `Metrics`. */
  readonly metrics: {
    counter(name: string, help: string, labels: readonly 'topic'[]): { inc(labels: { topic: string }): void };
  };
}

/** What a service does when one of its messages is given up: a line in the log, and a number that somebody can watch. */
export function tellParked({ log, metrics }: Telling): (delivery: Delivery, cause: Error) => void {
  const parked = metrics.counter('cloud_images_consumer_parked_total', 'Messages given up since the start.', ['topic']);
  return ({ topic, key, offset }, cause) => {
    parked.inc({ topic });
    log.error({ err: cause, topic, key, offset }, 'a message could not be taken; its key is parked');
  };
}
