// node examples/typescript/follow-events.ts <broker> [<file>]: every event of images and members, each once, into a file, and
// a line for each on the screen. Stop it and start it again: it goes on where it was.
import { Kafka, logLevel } from 'kafkajs';
import { TakenEvents } from './taken-events.ts';

const [broker = 'localhost:9092', file = 'taken-events.sqlite'] = process.argv.slice(2);
const taken = new TakenEvents(file);
const kafka = new Kafka({ clientId: 'example', brokers: [broker], logLevel: logLevel.WARN });
const consumer = kafka.consumer({ groupId: 'example-subscriber' });

await consumer.connect();
await consumer.subscribe({ topics: ['cloud-images.image', 'cloud-images.member'], fromBeginning: true });
await consumer.run({
  // The offset is committed after this returned: what was taken and not committed comes again, and is known then.
  eachMessage: ({ message }) => {
    const headers = Object.fromEntries(
      Object.entries(message.headers ?? {}).map(([name, text]) => [name, String(text)] as const),
    );
    const isNew = taken.take({ headers, value: String(message.value) });
    if (isNew) console.log(headers['ce_time'], headers['ce_type'], headers['ce_subject'], String(message.value));
    return Promise.resolve();
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void consumer.disconnect().finally(() => taken.close()));
}
