export * from './errors.js';
export * from './events/definition.js';
export * from './events/event.js';
export * from './events/image.js';
export * from './events/member.js';
export * from './identity.js';
export * from './policy.js';
export * from './topics.js';
