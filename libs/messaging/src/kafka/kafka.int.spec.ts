import { randomUUID } from 'node:crypto';
import { testBroker } from '../../../../test/support/kafka.js';
import { busConformance } from '../testing/conformance.js';
import type { MessageBus } from '../port.js';
import { createKafkaBus } from './bus.js';
import { severable } from './connection.js';

const brokers = [testBroker()];

describe('the bus on Kafka', () => {
  const severOf = new Map<MessageBus, () => void>();
  const open = async () => {
    const { connection, sever } = severable({ brokers, clientId: `test-${randomUUID()}` });
    const bus = createKafkaBus({ ...connection, sessionTimeoutMs: 6_000 });
    severOf.set(bus, sever);
    return bus;
  };

  busConformance(() => ({
    open,
    // The broker hears nothing of a process that died: it finds out by the silence.
    kill: async (bus) => {
      severOf.get(bus)?.();
      await bus.close();
    },
  }));
});
