// canary: kafkajs-in-adapter
export { Kafka } from 'kafkajs';
